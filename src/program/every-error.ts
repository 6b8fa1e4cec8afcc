import { APP_CATALOGUE } from '../app/errors.ts';
import { CATALOGUE, type CatalogueEntry } from '../gatehouse/errors/catalogue.ts';

/** Every failure of the web app, by its stable code: the library's and its own. */
export const EVERY_ERROR: Readonly<Record<keyof typeof CATALOGUE | keyof typeof APP_CATALOGUE, CatalogueEntry>> = {
  ...CATALOGUE,
  ...APP_CATALOGUE,
};

export type EveryErrorCode = keyof typeof EVERY_ERROR;
