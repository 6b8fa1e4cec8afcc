import type { Request } from 'express';
import { CatalogueError, HOME } from '../errors/catalogue-error.ts';
import type { LoginWish } from './begin-login.ts';
import { readDemand } from './login-demand.ts';

/** What an address may ask of the provider besides a demand, and which values are valid. */
const PASSED_ON: Readonly<Record<string, RegExp>> = {
  login_hint: /^.{1,300}$/,
  ui_locales: /^[\w -]{1,100}$/,
  organization: /^[\w-]{1,100}$/,
  invitation: /^[\w-]{1,100}$/,
  screen_hint: /^[\w-]{1,50}$/,
  // Any other (`none`) would lead to an error instead of a page.
  prompt: /^(login|create|select_account|consent)$/,
};

/**
 * What `/login?…` wants: where to end, an API's demand, if any, and what is passed on to the provider. A provider that
 * begins the login (OpenID Connect Core section 4) names itself, `iss`, and an address of this app, `target_link_uri`.
 * @throws CatalogueError BAD_REQUEST for one of another provider
 */
export function readLoginQuery({ query }: Request, config: { baseUrl: string; issuer: string }): LoginWish {
  const textOf = (name: string) => (typeof query[name] === 'string' ? query[name] : undefined);
  const issuer = textOf('iss');
  if (issuer !== undefined && issuer.replace(/\/$/, '') !== config.issuer) {
    throw new CatalogueError('BAD_REQUEST', { cause: new Error('a login that another provider begins'), action: HOME });
  }
  const target = textOf('target_link_uri') ?? '';
  const { origin, pathname = '', search = '' } = URL.canParse(target) ? new URL(target) : ({} as Partial<URL>);
  const parameters = Object.entries(PASSED_ON).filter(([name, isFine]) => isFine.test(textOf(name) ?? ''));
  return {
    returnTo: origin === config.baseUrl ? pathname + search : query['returnTo'],
    demand: readDemand(query),
    parameters: Object.fromEntries(parameters.map(([name]) => [name, textOf(name) ?? ''])),
  };
}
