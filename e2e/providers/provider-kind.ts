import type { Page } from 'playwright';
import type { Program } from '../support/program.ts';

/** What a provider needs to know to start. */
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
  /** Says what it lacks on this machine, if anything. */
  missing(): string | undefined;
  start(surroundings: Surroundings): Promise<Program>;
  /** The app's variables for it. */
  env(surroundings: Surroundings): Record<string, string>;
  /** Goes through its pages; undefined where it has none. */
  readonly signIn: ((page: Page) => Promise<void>) | undefined;
  /** Claims of whoever signs in there. */
  readonly claims: Readonly<Record<string, string>>;
  /** What a forced refresh gives: the status of `POST /api-call/refresh`, and our API's answer to its access token. */
  readonly refresh: { readonly status: number; readonly api?: number };
  /** What it does at the app's sign-out: asks before it ends its own session, ends it, or only sends people back. */
  readonly logout: 'asks' | 'ends its session' | 'comes back';
}

export const CLIENT = { id: 'gatehouse-app', secret: 'a-client-secret-of-the-tests-and-of-nobody-else' };
