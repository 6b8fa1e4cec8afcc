import type { RequestHandler } from 'express';
import type { ServerParts } from '../app/app-parts.ts';
import { VIEWS_DIR } from '../paths.ts';
import { compress } from './compress.ts';
import { createStaticFiles } from './static-files.ts';
import { createViewEngine } from './view-engine.ts';

/** What the server adds to the pages of the app. `before` runs first; `draining` is aborted before a stop. */
export function createServerParts(
  { production }: { readonly production: boolean },
  before: readonly RequestHandler[],
  draining: AbortSignal = new AbortController().signal,
): ServerParts {
  return {
    before,
    compress: compress(),
    files: createStaticFiles({ production }),
    viewEngine: createViewEngine({ folder: VIEWS_DIR, cache: production }),
    draining,
  };
}
