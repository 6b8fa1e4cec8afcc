import type { RequestHandler } from 'express';
import { ADMIN_MESSAGES_PERMISSION } from '../../gatehouse/config/web-config.ts';
import { callApi } from '../call-api.ts';
import { respond } from '../respond.ts';
import type { Services } from '../services.ts';

/** `GET /protected`: a message for whoever is signed in. */
export function protectedMessage(services: Services): RequestHandler {
  return async (req, res) => {
    const { api } = await callApi(req, services, '/api/messages/protected');
    respond(req, res, { view: 'protected', json: { api }, model: { api } });
  };
}

/** `GET /admin`: a message for whoever has the permission; the API decides. */
export function adminMessage(services: Services): RequestHandler {
  return async (req, res) => {
    const permission = ADMIN_MESSAGES_PERMISSION;
    const { api } = await callApi(req, services, '/api/messages/admin', { permission });
    respond(req, res, { view: 'admin', json: { api }, model: { api, permission } });
  };
}
