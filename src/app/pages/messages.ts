import type { RequestHandler } from 'express';
import type { AppParts } from '../app-parts.ts';
import { callApi } from '../call-api.ts';
import { respond } from '../render.ts';

/** The API's permission that `/admin` needs; asked for when that page is opened. */
const ADMIN_MESSAGES = 'read:admin-messages';

/** `GET /protected`: a message for whoever is signed in. */
export function protectedMessage(parts: AppParts): RequestHandler {
  return async (req, res) => {
    const { api } = await callApi(req, parts, '/api/messages/protected');
    respond(req, res, { view: 'protected', json: { api }, model: () => ({ api }) });
  };
}

/** `GET /admin`: a message for whoever has the permission; the API decides. */
export function adminMessage(parts: AppParts): RequestHandler {
  return async (req, res) => {
    const { api } = await callApi(req, parts, '/api/messages/admin', { permission: ADMIN_MESSAGES });
    respond(req, res, { view: 'admin', json: { api }, model: () => ({ api, permission: ADMIN_MESSAGES }) });
  };
}
