import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import express from 'express';
import type { StaticFiles } from '../app/app-parts.ts';
import { PUBLIC_DIR } from '../paths.ts';

const HOUR_SECONDS = 3600;
const YEAR_SECONDS = 31_536_000;

/** Security headers that matter for documents only; on styles and pictures they waste bytes at each revalidation. */
const OF_DOCUMENTS = [
  'Cross-Origin-Opener-Policy',
  'Origin-Agent-Cluster',
  'X-DNS-Prefetch-Control',
  'X-Download-Options',
  'X-Frame-Options',
  'X-Permitted-Cross-Domain-Policies',
  'X-XSS-Protection',
];
/** Also for pictures: an SVG that is opened by itself is a document. */
const CSP_OF_FILES = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * In production, browsers keep a file for a year under the address that carries the hash of its content, so a new page
 * never gets an old style. Under any other address they keep it for an hour. In development they ask each time, so a
 * new file shows at once.
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
    // During a deployment we may be asked for a version that only another process has: ours must not stay a year.
    const isExact = originalUrl.includes('?v=') && originalUrl === url(originalUrl.split('?')[0] ?? '');
    const lifetime = isExact ? `${YEAR_SECONDS}, immutable` : String(HOUR_SECONDS);
    res.setHeader('Cache-Control', `public, max-age=${lifetime}`);
  };
  const serve = express.static(folder, { index: false, maxAge: 0, setHeaders });
  // Known from the start, so that requests for pages need no look at the disk.
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

/** Maps each file's path below the folder, such as `/styles.css`, to a hash of its content. */
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
