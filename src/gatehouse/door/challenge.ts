import { type LoginDemand, readDemand } from '../login/login-demand.ts';

/**
 * What an API wants that has refused a request with a challenge (RFC 9110 section 11.6.1), by what an error carries in
 * `challenge` and `permission`: a stronger or more recent sign-in (RFC 9470 section 3), or a permission, which the
 * challenge may not name (RFC 6750 section 3). Undefined for an error without a challenge.
 */
export function wantedBy(
  error: unknown,
): { readonly demand: LoginDemand } | { readonly permission: string | undefined } | undefined {
  const { challenge, permission } = (error ?? {}) as Record<string, unknown>;
  if (!(error instanceof Error) || typeof challenge !== 'string') return undefined;
  const parameters = parametersOf(challenge);
  if (parameters['error'] === 'insufficient_user_authentication') {
    const demand = readDemand(parameters);
    // One that names nothing wants at least that somebody signs in anew.
    return { demand: Object.keys(demand).length === 0 ? { prompt: 'login' } : demand };
  }
  const named = typeof permission === 'string' ? permission : undefined;
  return { permission: parameters['scope'] ?? named };
}

/** The parameters of a challenge, of several challenges the first of each name. */
function parametersOf(challenge: string): Record<string, string> {
  const pairs = challenge.matchAll(/\b(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/g);
  const parameters: Record<string, string> = {};
  for (const [, name = '', quoted, plain = ''] of pairs) {
    parameters[name] ??= quoted?.replace(/\\(.)/g, '$1') ?? plain;
  }
  return parameters;
}
