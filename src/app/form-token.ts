import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import express, { type Request, type RequestHandler } from 'express';
import type { WebConfig } from '../gatehouse/config/web-config.ts';
import { AppError } from '../gatehouse/errors/app-error.ts';
import { HOME } from './errors.ts';

type Secrets = Pick<WebConfig, 'secrets'>;

/**
 * The hidden field `form_token` of our own forms: bound to the login, so that nobody else can make it. Another one
 * on every page, since pages are compressed: from their lengths a constant one could be guessed (BREACH).
 */
export function formToken(req: Request, { secrets }: Secrets): string {
  return tokenWith(secrets[0] ?? '', randomBytes(12).toString('base64url'), req);
}

function tokenWith(secret: string, salt: string, req: Request): string {
  const mac = createHmac('sha256', secret).update(`form token ${salt} of ${req.oidc.idToken ?? 'nobody'}`);
  return `${salt}.${mac.digest('base64url')}`;
}

const readForm = express.urlencoded({ extended: false, limit: '16kb' });

/**
 * Passes what our own pages sent (against cross-site request forgery): browsers say so by Fetch Metadata, older
 * ones by `Origin`, and where a client sends neither, the form's token proves it. @throws AppError CROSS_SITE_REQUEST
 */
export function ownPagesOnly({ baseUrl, secrets }: Secrets & Pick<WebConfig, 'baseUrl'>): RequestHandler[] {
  const check: RequestHandler = (req, _res, next) => {
    const site = req.get('sec-fetch-site');
    const origin = req.get('origin');
    const isOwn =
      site !== undefined
        ? site === 'same-origin'
        : origin !== undefined && origin !== 'null'
          ? origin === baseUrl
          : hasFormToken(req, secrets);
    if (!isOwn) throw new AppError('CROSS_SITE_REQUEST', { action: HOME });
    next();
  };
  return [readForm, check];
}

function hasFormToken(req: Request, secrets: readonly string[]): boolean {
  const sent = (req.body as Record<string, unknown> | undefined)?.['form_token'];
  if (typeof sent !== 'string') return false;
  return secrets.some((secret) => {
    const [salt = ''] = sent.split('.');
    const [a, b] = [Buffer.from(sent), Buffer.from(tokenWith(secret, salt, req))];
    return a.length === b.length && timingSafeEqual(a, b);
  });
}
