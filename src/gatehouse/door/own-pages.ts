import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import express, { type Request, type Response } from 'express';
import { CatalogueError } from '../errors/catalogue-error.ts';
import { HOME } from './failures.ts';
import type { Visits } from './visits.ts';

const FORM = express.urlencoded({ extended: false, limit: '16kb' });
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Tells what this app's own pages sent from what another site did (cross-site request forgery). */
export interface OwnPages {
  /**
   * The hidden field `form_token` of our own forms: bound to the login, so that nobody else can make it. Another one
   * on every page, since pages are compressed: from their lengths a constant one could be guessed (BREACH).
   */
  formToken(req: Request): string;
  /**
   * Passes what our own pages sent: browsers say so by Fetch Metadata, older ones by `Origin`, and where a client sends
   * neither, the form's token proves it. @throws CatalogueError CROSS_SITE_REQUEST
   */
  assertOwn(req: Request, res: Response): Promise<void>;
}

export function createOwnPages(
  { baseUrl, secrets }: { readonly baseUrl: string; readonly secrets: readonly string[] },
  visits: Visits,
): OwnPages {
  function tokenWith(secret: string, salt: string, req: Request): string {
    const login = visits.session(req)?.content.id_token ?? 'nobody';
    const mac = createHmac('sha256', secret).update(`form token ${salt} of ${login}`);
    return `${salt}.${mac.digest('base64url')}`;
  }

  async function hasFormToken(req: Request, res: Response): Promise<boolean> {
    await readForm(req, res);
    const sent = (req.body as Record<string, unknown> | undefined)?.['form_token'];
    if (typeof sent !== 'string') return false;
    return secrets.some((secret) => {
      const [salt = ''] = sent.split('.');
      const [a, b] = [Buffer.from(sent), Buffer.from(tokenWith(secret, salt, req))];
      return a.length === b.length && timingSafeEqual(a, b);
    });
  }

  return {
    formToken: (req) => tokenWith(secrets[0] ?? '', randomBytes(12).toString('base64url'), req),
    assertOwn: async (req, res) => {
      const site = req.get('sec-fetch-site');
      const origin = req.get('origin');
      const isOwn =
        site !== undefined
          ? site === 'same-origin'
          : origin !== undefined && origin !== 'null'
            ? origin === baseUrl
            : await hasFormToken(req, res);
      if (!isOwn) throw new CatalogueError('CROSS_SITE_REQUEST', { action: HOME });
    },
  };
}

/** Whether a request may change something, so that it matters who sent it (RFC 9110 section 9.2.1). */
export function isUnsafe(req: Request): boolean {
  return !SAFE.has(req.method);
}

/** Reads a small form into `req.body`, unless the host has read the body already. Rejects with http-errors. */
export async function readForm(req: Request, res: Response): Promise<void> {
  if (req.body !== undefined) return;
  await new Promise<void>((resolve, reject) => {
    FORM(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error as Error)));
  });
}
