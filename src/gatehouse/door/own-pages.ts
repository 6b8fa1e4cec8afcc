import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import express, { type Request, type Response } from 'express';
import type { DoorConfig } from '../config/door-config.ts';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import { createSigner } from '../platform/signer.ts';
import type { Visits } from './visits.ts';

const parseForm = promisify(express.urlencoded({ extended: false, limit: '16kb' }));

export type OwnPages = ReturnType<typeof createOwnPages>;

/** Tells requests of this app's own pages from those of other sites (cross-site request forgery). */
export function createOwnPages({ baseUrl, secrets }: Pick<DoorConfig, 'baseUrl' | 'secrets'>, visits: Visits) {
  const signer = createSigner(secrets, 'gatehouse form');
  const signed = (salt: string, req: Request) => `${salt} of ${visits.session(req)?.content.id_token ?? 'nobody'}`;

  async function hasFormToken(req: Request, res: Response): Promise<boolean> {
    const { form_token: sent } = await readForm(req, res);
    if (typeof sent !== 'string') return false;
    const [salt = '', signature = ''] = sent.split('.');
    return signer.isSigned(signed(salt, req), signature);
  }

  async function isOwn(req: Request, res: Response): Promise<boolean> {
    const [site, origin] = [req.get('sec-fetch-site'), req.get('origin')];
    if (site !== undefined) return site === 'same-origin';
    return origin !== undefined && origin !== 'null' ? origin === baseUrl : hasFormToken(req, res);
  }

  return {
    /**
     * The hidden field `form_token` of our own forms: bound to the login, so that nobody else can make it. It differs
     * on every page: pages are compressed, and a constant one could be guessed from their lengths (BREACH).
     */
    formToken: (req: Request): string => {
      const salt = randomBytes(12).toString('base64url');
      return `${salt}.${signer.sign(signed(salt, req))}`;
    },
    /**
     * Passes what our own pages sent: browsers say so by Fetch Metadata, older ones by `Origin`, and where a client
     * sends neither, the form's token proves it. @throws CatalogueError CROSS_SITE_REQUEST
     */
    assertOwn: async (req: Request, res: Response) => {
      if (!(await isOwn(req, res))) throw new CatalogueError('CROSS_SITE_REQUEST', { action: HOME });
    },
  };
}

/** The fields of a small form, read into `req.body` unless the host has done so. Rejects with http-errors. */
export async function readForm(req: Request, res: Response): Promise<Readonly<Record<string, unknown>>> {
  // The parsers of Express 4 leave an empty body even if they have read nothing; ours skips what has been read.
  if (Object.keys(Object(req.body) as object).length === 0) {
    await parseForm(req, res);
    // Tells the parsers of Express 4 that nothing is left to read.
    if (!req.readable) Object.assign(req, { _body: true });
  }
  return (req.body ?? {}) as Record<string, unknown>;
}
