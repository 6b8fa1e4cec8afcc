import type { RequestHandler } from 'express';
import { type ApiCall, callApi } from '../call-api.ts';
import { formToken } from '../form-token.ts';
import { prefersJson } from '../negotiation.ts';
import { respond } from '../respond.ts';
import type { Services } from '../services.ts';

const PATH = '/api/private';
const PREVIEW_LENGTH = 20;

/** `GET /api-call`: a token for the API, and what the API answers with it. */
export function apiCall(services: Services): RequestHandler {
  return async (req, res) => {
    const { config } = services;
    const call = await callApi(req, services, PATH);
    respond(req, res, {
      view: 'api-call',
      title: 'Calling the API',
      json: asJson(call, config.audience),
      model: {
        ...asJson(call, config.audience),
        url: config.apiServerUrl + PATH,
        formToken: formToken(req, config),
      },
    });
  };
}

/** `POST /api-call/refresh`: the same with a token that is refreshed now. */
export function refreshApiCall(services: Services): RequestHandler {
  return async (req, res) => {
    const call = await callApi(req, services, PATH, { forceRefresh: true });
    if (prefersJson(req)) res.json(asJson(call, services.config.audience));
    else res.redirect(303, '/api-call');
  };
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
