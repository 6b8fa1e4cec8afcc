/** What a user may be allowed to do at the API. Logins ask for these as scopes of the same name. */
export const API_PERMISSIONS = ['read:messages', 'read:admin-messages', 'admin:write'] as const;

export type ApiPermission = (typeof API_PERMISSIONS)[number];

export const OIDC_SCOPES = ['openid', 'profile', 'email', 'offline_access'] as const;

/** Custom claims have a namespace, as Auth0 wants. */
export const CLAIM_NAMESPACE = 'https://gatehouse.example/';

const STANDARD_CLAIMS =
  'name nickname given_name family_name middle_name preferred_username profile picture website gender birthdate zoneinfo locale updated_at';
/** More than anybody would send; with them, the demo user dave shows what pages then look like. */
const CUSTOM_CLAIMS =
  'biography team tags limits department cost_center office floor desk badge shift hired_on languages theme plan seats region newsletter signature';

/** The claims that come with a scope, in the ID token and from UserInfo (OpenID Connect Core §5.4). */
export const CLAIMS_BY_SCOPE: Readonly<Record<string, string[]>> = {
  openid: ['sub'],
  email: ['email', 'email_verified'],
  profile: [...STANDARD_CLAIMS.split(' '), ...CUSTOM_CLAIMS.split(' ').map((claim) => CLAIM_NAMESPACE + claim)],
};

const OF_SCOPES = new Set(Object.values(CLAIMS_BY_SCOPE).flat());

/** The claims that come with no scope. No demo user has any; users who are made on the spot may have any. */
export function claimsOfNoScope(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !OF_SCOPES.has(name)));
}
