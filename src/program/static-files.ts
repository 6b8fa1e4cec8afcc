import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import express from 'express';
import type { StaticFiles } from '../app/app-parts.ts';
import { PUBLIC_DIR } from '../paths.ts';

const HOUR_SECONDS = 3600;
const YEAR_SECONDS = 31_536_000;

/** What security headers say of documents; of a style or a picture they are bytes, at each revalidation. */
const OF_DOCUMENTS = [
  'Cross-Origin-Opener-Policy',
  'Origin-Agent-Cluster',
  'X-DNS-Prefetch-Control',
  'X-Download-Options',
  'X-Frame-Options',
  'X-Permitted-Cross-Domain-Policies',
  'X-XSS-Protection',
];
/** A picture that is opened by itself may be a document, too: an SVG. */
const CSP_OF_FILES = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * In production browsers keep a file for a year under the address that names its very content, and never put an old
 * style to a new page; under any other address for an hour. In development they ask each time, and a new file is there
 * at once.
 */
export function createStaticFiles({ production }: { production: boolean }, folder = PUBLIC_DIR): StaticFiles {
  const versions = versionsOf(folder);
  const url = (path: string) => {
    const version = production ? versions.get(path) : undefined;
    return version === undefined ? path : `${path}?v=${version}`;
  };
  const setHeaders = (res: ServerResponse, file: string) => {
    if (extname(file) !== '.html') {
      for (const name of OF_DOCUMENTS) res.removeHeader(name);
      res.setHeader('Content-Security-Policy', CSP_OF_FILES);
    }
    if (!production) return;
    const { originalUrl } = (res as express.Response).req;
    // During a deployment another process may ask for what this one has not: that must not stay for a year.
    const isExact = originalUrl.includes('?v=') && originalUrl === url(originalUrl.split('?')[0] ?? '');
    const lifetime = isExact ? `${YEAR_SECONDS}, immutable` : String(HOUR_SECONDS);
    res.setHeader('Cache-Control', `public, max-age=${lifetime}`);
  };
  const serve = express.static(folder, { index: false, maxAge: 0, setHeaders });
  // The disk is not asked for each page whether it is a file.
  const addresses = new Set([...versions.keys()].map(encodeURI));
  return {
    url,
    serve: (req, res, next) => {
      const { path } = req;
      if (addresses.has(path) || (!production && extname(path) !== '')) serve(req, res, next);
      else next();
    },
  };
}

/** Each file's path below the folder, as `/styles.css`, and a hash of its content. */
function versionsOf(folder: string): Map<string, string> {
  const hashOf = (file: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, file)))
      .digest('base64url')
      .slice(0, 12);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const file = relative(folder, join(parentPath, name));
      return [`/${file.split(sep).join('/')}`, hashOf(file)];
    }),
  );
}
