import { CATALOGUE, type CatalogueEntry, type ErrorCode } from './catalogue.ts';

/** The action where nothing better is known. */
export const HOME = { label: 'Go to the home page', href: '/' } as const;

/** A failure of the catalogue, as it is told to people: what happened, why, and what to do, without internals. */
export class CatalogueError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly title: string;
  readonly operator: Pick<CatalogueEntry, 'causes' | 'remedy'>;
  /** Where to go from here. */
  readonly action: { readonly label: string; readonly href: string } | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    details: {
      /** What goes into the `{names}` of the texts. */
      values?: Readonly<Record<string, string>>;
      /** What somebody else says about it, in their own words. */
      note?: string;
      action?: { label: string; href: string } | undefined;
      /** Where somebody named a time; else the catalogue's. */
      retryAfterSeconds?: number | undefined;
      /** Where the failing part has a status of its own. */
      status?: number;
      cause?: unknown;
    } = {},
  ) {
    const entry = CATALOGUE[code];
    const fill = (text: string) => text.replace(/\{(\w+)\}/g, (name, key: string) => details.values?.[key] ?? name);
    const message = fill(entry.message);
    super(details.note ? `${message} ${details.note}` : message, { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.status = details.status ?? entry.status;
    this.title = entry.title;
    this.operator = { causes: entry.causes.map(fill), remedy: entry.remedy };
    this.action = details.action;
    this.retryAfterSeconds = details.retryAfterSeconds ?? entry.retryAfterSeconds;
  }
}
