import type { Door } from '#gatehouse';
import type { AppConfig } from './app-config.ts';
import type { DownstreamApi } from './downstream-api.ts';

/** What the pages of this app are made of; built once (`src/program/start-web.ts`), passed to whoever needs it. */
export interface AppParts {
  readonly config: AppConfig;
  readonly door: Door;
  readonly api: DownstreamApi;
}
