import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import express, { type RequestHandler } from 'express';
import { PUBLIC_DIR } from '../paths.ts';

/** The files of `public`, and how pages name them. */
export interface StaticFiles {
  /** The address of `/styles.css` and the like; in production with `?v=` and a hash, new when the file is. */
  readonly url: (path: string) => string;
  readonly serve: RequestHandler;
}

const HOUR_SECONDS = 3600;
const YEAR_SECONDS = 31_536_000;

/**
 * In production browsers keep a file for a year under the address that names its very content, and never put an old
 * style to a new page; under any other address for an hour. In development they ask each time.
 */
export function createStaticFiles({ production }: { production: boolean }): StaticFiles {
  const versions = production ? versionsOf(PUBLIC_DIR) : new Map<string, string>();
  const url = (path: string) => {
    const version = versions.get(path);
    return version === undefined ? path : `${path}?v=${version}`;
  };
  const setHeaders = (res: { req: { originalUrl: string }; setHeader(name: string, value: string): void }) => {
    if (!production) return;
    const { originalUrl } = res.req;
    // During a deployment another process may ask for what this one has not: that must not stay for a year.
    const isExact = originalUrl.includes('?v=') && originalUrl === url(originalUrl.split('?')[0] ?? '');
    const lifetime = isExact ? `${YEAR_SECONDS}, immutable` : String(HOUR_SECONDS);
    res.setHeader('Cache-Control', `public, max-age=${lifetime}`);
  };
  return {
    url,
    serve: express.static(PUBLIC_DIR, { index: false, maxAge: 0, setHeaders: setHeaders as never }),
  };
}

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
