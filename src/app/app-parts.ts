import type { Door } from '#gatehouse';
import type { RequestHandler } from 'express';
import type { AppConfig } from './app-config.ts';
import type { DownstreamApi } from './downstream-api.ts';

/** What the server adds to the pages (`src/program/web-server.ts`). */
export interface ServerParts {
  /** What every answer passes first: the request log, metrics. */
  readonly before: readonly RequestHandler[];
  readonly compress: RequestHandler;
  readonly files: StaticFiles;
  readonly viewEngine: ViewEngine;
  /** Aborted as soon as the process is about to stop: `/ready` says so. */
  readonly draining: AbortSignal;
}

/** The files of `public`, and how pages name them. */
export interface StaticFiles {
  /** The address of `/styles.css` and the like; in production with `?v=` and a hash, new when the file is. */
  readonly url: (path: string) => string;
  readonly serve: RequestHandler;
}

/** What `app.engine('ejs', …)` takes. */
export type ViewEngine = (file: string, locals: object, callback: (error: unknown, html?: string) => void) => void;

/** What the pages of this app are made of; built once (`src/program/start-web.ts`), passed to whoever needs it. */
export interface AppParts {
  readonly config: AppConfig;
  readonly door: Door;
  readonly api: DownstreamApi;
}
