import type { Page } from 'playwright';
import type { Program } from '../support/program.ts';

/** What a provider is started for. */
export interface Surroundings {
  readonly port: number;
  /** Origin of the app; its callback is `/callback`. */
  readonly appUrl: string;
  /** A folder of its own. */
  readonly dir: string;
}

/** A provider that somebody else wrote. */
export interface ProviderKind {
  readonly name: string;
  /** What is missing for it on this machine, if anything. */
  missing(): string | undefined;
  start(surroundings: Surroundings): Promise<Program>;
  /** Variables of the app for it. */
  env(surroundings: Surroundings): Record<string, string>;
  /** Goes through its pages; undefined where it has none. */
  readonly signIn: ((page: Page) => Promise<void>) | undefined;
  /** Claims of whoever signs in there. */
  readonly claims: Readonly<Record<string, string>>;
  /** What comes of a forced refresh: the status of `POST /api-call/refresh`, and how our API answers its access token. */
  readonly refresh: { readonly status: number; readonly api?: number };
  /** What comes of the app's logout: they ask before they end their own session, end it, or only send people back. */
  readonly logout: 'asks' | 'ends its session' | 'comes back';
}

export const CLIENT = { id: 'gatehouse-app', secret: 'a-client-secret-of-the-tests-and-of-nobody-else' };
