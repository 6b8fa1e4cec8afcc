import { includesScopes } from '../oidc/scopes.ts';
import type { AskedOfLogin } from '../session/session-content.ts';

/** What a login is asked for beyond the usual: step-up authentication (RFC 9470), or more scopes. */
export type LoginDemand = Omit<AskedOfLogin, 'at' | 'again'>;

/** A page that leads to a login which leads back to it takes less than this, where nobody is asked anything. */
const LOOP_SECONDS = 5;
/** For so long a demand counts as just met: asking again would bring the same. */
const RECENTLY_SECONDS = 300;
/** Characters of scopes (RFC 6749 section 3.3), which class references (URIs) are made of, too. */
const WORDS = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/;
const MAX_LENGTH = 300;

/** A demand as an API's challenge or an address of this app names it; what is malformed is left out. */
export function readDemand(fields: Readonly<Record<string, unknown>>): LoginDemand {
  const words = (value: unknown) =>
    typeof value === 'string' && value.length <= MAX_LENGTH && WORDS.test(value) ? value : undefined;
  const acrValues = words(fields['acr_values']);
  const scope = words(fields['scope']);
  const age = fields['max_age'];
  const isAge = (typeof age === 'string' || typeof age === 'number') && /^\d{1,9}$/.test(String(age));
  const maxAge = isAge ? Number(age) : undefined;
  return {
    ...(acrValues && { acr_values: acrValues }),
    ...(maxAge !== undefined && { max_age: maxAge }),
    ...(scope && { scope }),
    ...(fields['prompt'] === 'login' && { prompt: 'login' as const }),
  };
}

/** Whether a login asked for all of `demand` a moment ago: then another one would not help. */
export function wasJustMet(demand: LoginDemand, met: AskedOfLogin | undefined, nowSeconds: number): boolean {
  if (!met) return false;
  const window = Math.max(30, Math.min(RECENTLY_SECONDS, demand.max_age ?? RECENTLY_SECONDS));
  if (nowSeconds - met.at > window) return false;
  return Object.entries(demand).every(([name, value]) =>
    name === 'scope' ? includesScopes(met.scope, String(value)) : met[name as keyof LoginDemand] === value,
  );
}

/** Whether a session comes from a login that was to mend refused tokens a moment ago: another one would not, either. */
export function isGoingRound(met: AskedOfLogin | undefined, nowSeconds: number): boolean {
  return met?.again === true && nowSeconds - met.at <= LOOP_SECONDS;
}
