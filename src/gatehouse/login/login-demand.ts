import { includesScopes } from '../oidc/scopes.ts';
import type { AskedOfLogin } from '../session/session-content.ts';

/** What a login is asked for beyond the usual: step-up authentication (RFC 9470), or more scopes. */
export type LoginDemand = Omit<AskedOfLogin, 'at' | 'again'>;

/** A loop from page to login and back takes less than this where nobody is asked anything. */
const LOOP_SECONDS = 5;
/** How long a demand counts as just met: asking again would change nothing. */
const RECENTLY_SECONDS = 300;
/** Characters of scopes (RFC 6749 section 3.3); class references (URIs) consist of them, too. */
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

/**
 * What an API that refused a request with a challenge wants (RFC 9110 section 11.6.1), from an error's `challenge` and
 * `permission`: a stronger or more recent sign-in (RFC 9470 section 3), or a permission, which the challenge may leave
 * unnamed (RFC 6750 section 3). Undefined for an error without a challenge.
 */
export function wantedBy(
  error: unknown,
): { readonly demand: LoginDemand } | { readonly permission: string | undefined } | undefined {
  const { challenge, permission } = (error ?? {}) as Record<string, unknown>;
  if (!(error instanceof Error) || typeof challenge !== 'string') return undefined;
  const parameters = parametersOf(challenge);
  if (parameters['error'] === 'insufficient_user_authentication') {
    const demand = readDemand(parameters);
    // A challenge that names nothing wants at least a new sign-in.
    return { demand: Object.keys(demand).length === 0 ? { prompt: 'login' } : demand };
  }
  const named = typeof permission === 'string' ? permission : undefined;
  return { permission: parameters['scope'] ?? named };
}

/** The parameters of a challenge; with several challenges, the first of each name. */
function parametersOf(challenge: string): Record<string, string> {
  const pairs = challenge.matchAll(/\b(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^ \t",]+))/g);
  const parameters: Record<string, string> = {};
  for (const [, name = '', quoted, plain = ''] of pairs) {
    parameters[name] ??= quoted?.replace(/\\(.)/g, '$1') ?? plain;
  }
  return parameters;
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

/** Whether a login to replace refused tokens began this session a moment ago: another one would not help either. */
export function isGoingRound(met: AskedOfLogin | undefined, nowSeconds: number): boolean {
  return met?.again === true && nowSeconds - met.at <= LOOP_SECONDS;
}
