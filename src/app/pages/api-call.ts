import type { RequestHandler } from 'express';
import type { AppParts } from '../app-parts.ts';
import { type ApiCall, callApi } from '../call-api.ts';
import { prefersJson, respond } from '../render.ts';
import { timeOf } from '../time-in-words.ts';

const PATH = '/api/private';
const PREVIEW_LENGTH = 20;
/** A token that came with this very page, or with the redirect before it. */
const JUST_NOW_SECONDS = 3;

/** `GET /api-call`: a token for the API, and what the API answers with it. */
export function apiCall(parts: AppParts): RequestHandler {
  return async (req, res) => {
    const { config } = parts;
    const call = await callApi(req, parts, PATH);
    const json = asJson(call, config.audience);
    const model = () => ({ ...json, apiPath: PATH, provider: new URL(config.issuer).host, ...timesOf(call) });
    respond(req, res, { view: 'api-call', json, model });
  };
}

/** `POST /api-call/refresh`: the same with a freshly renewed token. */
export function refreshApiCall(parts: AppParts): RequestHandler {
  return async (req, res) => {
    const call = await callApi(req, parts, PATH, { forceRefresh: true });
    if (prefersJson(req)) res.json(asJson(call, parts.config.audience));
    else res.redirect(303, '/api-call');
  };
}

/** When the provider gave the token and when it ends; undefined where nobody said. */
function timesOf({ token: { age, expiresIn } }: ApiCall) {
  if (age === undefined) return {};
  const now = Date.now() / 1000;
  return { givenAt: timeOf(now - age), endsAt: timeOf(now + expiresIn), isNew: age < JUST_NOW_SECONDS };
}

/** No more of the token than its first characters ever leaves the server. */
function asJson({ token, api }: ApiCall, audience: string | undefined) {
  return {
    audience,
    token: {
      preview: token.value.slice(0, PREVIEW_LENGTH),
      type: token.type,
      expires_in: Number.isFinite(token.expiresIn) ? token.expiresIn : null,
      scope: token.scope,
    },
    api,
  };
}
