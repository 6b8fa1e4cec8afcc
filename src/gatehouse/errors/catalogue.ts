/** What a failure means, for people and for programs. docs/errors.md is made from these (`npm run docs`). */
export interface CatalogueEntry {
  readonly status: number;
  /** What happened, in a few words: the page's heading. */
  readonly title: string;
  /** For the person in front of the browser: what it means and what to do. `{names}` are filled in. */
  readonly message: string;
  /** For whoever runs the app: why it usually happens … */
  readonly causes: readonly string[];
  /** … and what to do about it. */
  readonly remedy: string;
  /** How long to wait, where waiting helps. */
  readonly retryAfterSeconds?: number;
}

const NOT_SET_UP = 'Sign-in is not set up right';
const TELL_OPERATOR = 'Please tell whoever runs this app; the request id below helps.';
const REGISTERED = 'Compare the application at the provider with `.env`, or run `npm run doctor`.';
const OPEN_LOGIN_URL = 'Open the answer’s `login_url` in the browser; it leads back to the page.';

function entry(status: number, title: string, rest: Omit<CatalogueEntry, 'status' | 'title'>): CatalogueEntry {
  return { status, title, ...rest };
}

/** Every failure that the library reports, by its stable code. The app adds its own. */
export const CATALOGUE = {
  // Signing in
  LOGIN_REQUIRED: entry(401, 'Please sign in', {
    message: 'You need to be signed in for this. Open login_url in the browser, then try again.',
    causes: ['A script or a JSON client asked for a page that needs a sign-in. Browsers are sent to the login.'],
    remedy: OPEN_LOGIN_URL,
  }),
  LOGIN_EXPIRED: entry(400, 'This sign-in could not be finished', {
    message:
      'It was started too long ago or in another browser, or it is already finished. Nothing is lost: start again, and you will get to the page you wanted.',
    causes: [
      'The sign-in page stayed open for more than an hour, or was bookmarked.',
      'The browser dropped the login’s cookie: the login was started at another address (127.0.0.1 instead of localhost, with or without www), or cookies are blocked.',
      'More than eight logins were under way in one browser: the oldest has to go.',
      'The code has already been used, or the provider says so (`invalid_grant`).',
    ],
    remedy:
      'If it happens to everybody: open the app at the exact host of `AUTH0_REDIRECT_URI`, and run `npm run doctor`.',
  }),
  LOGIN_CANCELLED: entry(403, 'Sign-in was cancelled', {
    message:
      'The sign-in page said that it was cancelled, or that this account may not use this app. You can start again, with this account or another.',
    causes: [
      'The person pressed Cancel, or declined to share what the app asks for (`access_denied`).',
      'A rule or an Action of the provider refuses this account.',
    ],
    remedy: 'The provider’s own log names the rule.',
  }),
  LOGIN_DECLINED: entry(403, 'The sign-in service said no', {
    message: 'It did not sign this account in. You can start again, with this account or another.',
    causes: ['A rule of the provider: its words are on the page, and the log has its code.'],
    remedy: 'The provider’s own log names the rule.',
  }),
  SCOPE_REFUSED: entry(502, NOT_SET_UP, {
    message: `The sign-in service does not know something that this app asks for, so nobody can sign in. ${TELL_OPERATOR}`,
    causes: [
      'One of the scopes asked for (`AUTH0_SCOPE`, and `offline_access` where `AUTH0_AUDIENCE` is set) is unknown to the provider, or not allowed for this client (`invalid_scope`): {scopes}.',
    ],
    remedy: 'Put only scopes that it knows into `AUTH0_SCOPE`; `npm run doctor` compares them.',
  }),
  LOGIN_NOT_ALLOWED: entry(502, NOT_SET_UP, {
    message: `The sign-in service refuses what this app asks of it, so nobody can sign in. ${TELL_OPERATOR}`,
    causes: [
      'The application at the provider does not allow the authorization code grant (`unauthorized_client`, `invalid_request`).',
    ],
    remedy: REGISTERED,
  }),
  CALLBACK_URL_MISMATCH: entry(502, NOT_SET_UP, {
    message: `The sign-in service does not know the address of this app, so nobody can sign in. ${TELL_OPERATOR}`,
    causes: [
      '`AUTH0_REDIRECT_URI` is not among the Allowed Callback URLs: scheme, host, port and path have to match, letter for letter.',
    ],
    remedy: 'Register the exact value of `AUTH0_REDIRECT_URI` at the provider. `npm run doctor` checks it.',
  }),
  WRONG_CLIENT_SECRET: entry(502, NOT_SET_UP, {
    message: `The sign-in service does not accept this app’s own credentials, so nobody can sign in. ${TELL_OPERATOR}`,
    causes: [
      '`AUTH0_CLIENT_SECRET` belongs to another application, was rotated, or was not pasted whole.',
      'The provider expects another `AUTH0_CLIENT_AUTH_METHOD`.',
    ],
    remedy: REGISTERED,
  }),
  CLOCK_SKEW: entry(502, 'The clocks do not agree', {
    message: `What the sign-in service sent is too old, or from the future, by this app’s clock. ${TELL_OPERATOR}`,
    causes: ['The clock of this machine or of the provider is wrong by more than a minute.'],
    remedy: 'Switch on time synchronization (NTP) on this machine. `npm run doctor` shows the difference.',
  }),
  ID_TOKEN_ENCRYPTED: entry(502, NOT_SET_UP, {
    message:
      'The sign-in service encrypts what it says about you, and this app has no key to read it. Whoever runs the app can switch that off there.',
    causes: ['ID token encryption is switched on for this client at the provider (`id_token_encrypted_response_alg`).'],
    remedy: 'Switch the encryption of ID tokens off for this client: it comes over TLS, from the provider itself.',
  }),
  PROVIDER_MISCONFIGURED: entry(502, NOT_SET_UP, {
    message:
      'The sign-in service does not describe itself the way this app expects. Whoever runs the app has to look into it; the log says more.',
    causes: [
      'The issuer is configured under a name other than its own (another host in containers, http instead of https).',
      'TLS ends at a proxy in front of the provider, which does not know of it: its endpoints are plain http.',
      'Many tenants share one address, and its document names a template in place of an issuer.',
    ],
    remedy: 'Write the issuer as its discovery document has it. `npm run doctor` shows both names.',
  }),
  SIGNING_ALG_MISMATCH: entry(502, NOT_SET_UP, {
    message: `The sign-in service signs its answers in a way that this app does not accept. ${TELL_OPERATOR}`,
    causes: [
      'ID tokens are signed with HS256, or not at all, or with an algorithm that the discovery document does not list.',
    ],
    remedy:
      'Set RS256 at the provider (Auth0: Applications, Advanced Settings, OAuth, JSON Web Token Signature Algorithm), or another that it lists.',
  }),
  ID_TOKEN_INVALID: entry(502, 'The sign-in service sent something we cannot trust', {
    message:
      'What the sign-in service sent about you does not check out, so nobody was signed in. Try again; if it keeps happening, tell whoever runs this app the request id below.',
    causes: [
      'The ID token is not signed by a key that the provider publishes, or is from another issuer, for another client, or for another login (`nonce`).',
      'The issuer differs from that of discovery: a custom domain, or a proxy that changes it.',
    ],
    remedy:
      'The log line names the rule that was broken. Check `AUTH0_DOMAIN` or `ISSUER_BASE_URL` with `npm run doctor`.',
  }),
  LOGIN_REFUSED: entry(403, 'This account may not sign in here', {
    message: '{message}',
    causes: ['The app’s own `onLogin` refused the account (`LoginRefused`): the text is its own.'],
    remedy: 'Ask whoever wrote the rule.',
  }),
  SESSION_TOO_LARGE: entry(431, 'This session does not fit into a cookie', {
    message:
      'The session of this account would take {kilobytes} kB; cookies carry up to 12 kB. Nothing was changed. Whoever runs this app can set REDIS_URL: sessions then live in Redis, where there is more room, and their cookie is small enough for every proxy on the way.',
    causes: [
      'Many groups, roles or claims in the tokens, and sessions in cookies.',
      'A lot of the app’s own data, from `save` or from what `onLogin` returns.',
    ],
    remedy:
      'Set `REDIS_URL`, have the provider put less into its tokens, or keep less in the session. A proxy in front may take less than these 12 kB (nginx: 4 kB of headers in an answer) and refuses larger sessions by itself, as 502, 400 or 431: docs/operations.md, “Behind a proxy”, has what to set.',
  }),
  CLAIMS_TOO_DEEP: entry(502, 'We cannot read this account’s details', {
    message: `What the sign-in service says about this account is nested too deep for this app. ${TELL_OPERATOR}`,
    causes: ['A claim of the ID token or of UserInfo has more than 32 levels of lists and objects.'],
    remedy: 'Have the provider put the claim in a flatter form, or leave it out.',
  }),
  SIGNED_OUT: entry(401, 'You were signed out', {
    message:
      'This browser was signed out from another one, or by the sign-in service. Sign in again to come back to this page.',
    causes: ['Somebody used `/sessions`, or the provider sent a back-channel logout.'],
    remedy: 'Nothing: it is shown only once.',
  }),

  // The provider
  PROVIDER_UNAVAILABLE: entry(503, 'Sign-in is not available right now', {
    message: 'The sign-in service does not answer. That usually passes in a minute. Nothing is lost: try again then.',
    causes: ['The provider is down or unreachable from this machine: DNS, firewall, proxy, its certificate.'],
    remedy: 'It recovers by itself. `npm run doctor` says which of these it is.',
    retryAfterSeconds: 10,
  }),
  PROVIDER_TIMEOUT: entry(504, 'Sign-in is slow right now', {
    message: 'The sign-in service takes too long to answer. Nothing is lost: try again in a few seconds.',
    causes: ['The provider or the way to it is overloaded.'],
    remedy: 'It recovers by itself; what it answers late is kept.',
    retryAfterSeconds: 5,
  }),
  RATE_LIMITED: entry(503, 'Sign-in is busy right now', {
    message: 'The sign-in service has had too many requests and needs a moment. Nothing is lost: try again then.',
    causes: ['The provider answered 429: the rate limit of the tenant, often of a free plan, is used up.'],
    remedy:
      'It recovers by itself: this app keeps to `Retry-After`. If it keeps happening, raise the limit, or let access tokens live longer.',
    retryAfterSeconds: 5,
  }),
  PROVIDER_UNREADABLE: entry(502, 'The sign-in service gave a strange answer', {
    message:
      'The sign-in service sent no usable answer. Usually its address or the client in the configuration is wrong, or a proxy in between answers in its place. Whoever runs this app will find the reason in the log.',
    causes: [
      '`ISSUER_BASE_URL` points to something that is no OpenID provider.',
      'A proxy or a captive portal answers in the provider’s place.',
    ],
    remedy: 'Run `npm run doctor`.',
  }),
  TOKENS_REFUSED: entry(502, 'Signing in again did not help', {
    message:
      'You have just signed in, and what the sign-in service issued for you was refused again. Usually the service behind this page and the sign-in service are not set up for each other: issuer, audience or the lifetime of refresh tokens. Whoever runs this app can check that.',
    causes: ['The API answers 401 to every token: another issuer or audience, or a wrong clock.'],
    remedy: 'Compare issuer and audience of the API with `.env` (`npm run doctor`), and read the API’s own log.',
  }),

  // Access tokens
  AUDIENCE_NOT_GRANTED: entry(502, 'No access to this API', {
    message:
      'This page needs an access token for {audience}, and the sign-in service gave none, or one for another API, which we do not use. Whoever runs this app can check there that an API with this identifier is registered and that this app may use it.',
    causes: [
      'No API with this exact identifier is registered at the provider.',
      'For a second API: it is not in the application’s multi-resource refresh token policy (Auth0 then silently answers with a token for the first), or the login did not name it.',
    ],
    remedy: 'docs/tokens.md, “Several APIs”. A user signs in again afterwards.',
  }),
  REFRESHED_TOO_OFTEN: entry(429, 'Refreshed too often', {
    message:
      'A new access token was asked for many times within a minute. The current one is still good: wait a moment.',
    causes: [
      'More than ten forced refreshes of one session within a minute: somebody keeps pressing the button, or the API refuses every token.',
    ],
    remedy: 'Compare issuer and audience of the API with `.env`. Refreshes that are due are not counted.',
    retryAfterSeconds: 60,
  }),
  PERMISSION_MISSING: entry(403, 'You may not see this', {
    message: 'You are signed in as {account}. This needs the permission {permission}, {reason}',
    causes: [
      'The account has no role with this permission.',
      'At Auth0 “Enable RBAC” or “Add Permissions in the Access Token” is off in the API’s settings.',
      'No login has asked for this scope.',
    ],
    remedy: 'Give the permission to the account; it takes effect at the next login.',
  }),
  STEP_UP_REQUIRED: entry(401, 'Please sign in again', {
    message: 'This needs a stronger or more recent sign-in. Open login_url in the browser, then try again.',
    causes: ['The API asks more of the sign-in (RFC 9470). Browsers are sent to the login.'],
    remedy: OPEN_LOGIN_URL,
  }),
  STEP_UP_FAILED: entry(403, 'Signing in again was not enough', {
    message:
      'The service behind this page wants a stronger or more recent sign-in. You have just signed in the way it asks for, and it still refuses. Usually the sign-in service is not set up for it (a second factor, for example). Whoever runs this app can check that.',
    causes: ['The provider ignores `acr_values` or `max_age`, or the API does not read `acr` and `auth_time`.'],
    remedy: 'docs/tokens.md, “Step-up”.',
  }),

  // Sessions and requests
  SESSION_STORE_UNAVAILABLE: entry(503, 'We cannot look up your session right now', {
    message:
      'The place where sessions are kept does not answer. If you were signed in, you still are: try again in a few seconds.',
    causes: ['Redis is down, hangs, is full (`OOM`), read-only or failing over.'],
    remedy: 'It recovers by itself. `/ready` and the log name the trouble; docs/redis.md has the settings.',
    retryAfterSeconds: 5,
  }),
  SESSION_UNREADABLE: entry(503, 'We cannot read your session right now', {
    message:
      'This app is being updated, and this part of it cannot read your session yet. You are still signed in: try again in a few seconds.',
    causes: [
      'A process runs with an `AUTH0_SECRET` that lacks one that other processes write with.',
      'A newer release runs beside this one, and keeps sessions in a newer format.',
    ],
    remedy:
      'Finish the rollout. Change the secret in steps: `old,new` everywhere, then `new,old`, then `new`. docs/sessions.md has them.',
    retryAfterSeconds: 5,
  }),
  SESSION_DATA_TOO_LARGE: entry(413, 'This is more than can be kept here', {
    message:
      'What this app keeps for you while you are signed in would take {kilobytes} kB, and the limit is {limit} kB. Nothing was saved, and everything else is as it was. Remove something and try again, or tell whoever runs this app.',
    causes: [
      'The app’s own data in one session, by `save` or by what `onLogin` returns, is larger than 64 kB as JSON in UTF-8. The largest field: `{field}`.',
    ],
    remedy:
      'Keep what is large in a database under the user’s `sub`, and only its key in the session: docs/sessions.md, “Your own data”.',
  }),
  SESSION_DATA_NOT_JSON: entry(500, 'This cannot be kept', {
    message:
      'This app tried to keep something for you while you are signed in that cannot be kept: “{field}” is {fault}. Nothing was saved, and everything else is as it was. That is a fault of the app, not yours: tell whoever runs it the request id below.',
    causes: [
      'What the app gave to `save`, or returned from `onLogin`, holds a value that JSON does not have: a function, a BigInt, a Map, a number that is NaN or infinite, an object that contains itself. In `{field}` it is {fault}.',
    ],
    remedy:
      'Save plain values: texts, numbers, lists and objects of them. What has a `toJSON`, like a `Date`, is kept as that.',
  }),
  TOO_MANY_REQUESTS: entry(429, 'Too many attempts', {
    message: 'There were too many attempts to sign in from your network. Wait a minute, then try again.',
    causes: [
      'More than `RATE_LIMIT_PER_MINUTE` requests from one address for `/login`, `/signup`, the callback and `/backchannel-logout`.',
      'Many people share one address, or a proxy hides theirs: `TRUST_PROXY`.',
    ],
    remedy:
      'Set `TRUST_PROXY` to what stands in front of this app; raise `RATE_LIMIT_PER_MINUTE`, or set it to 0 if something else limits.',
    retryAfterSeconds: 60,
  }),
  CROSS_SITE_REQUEST: entry(403, 'This did not come from this app', {
    message:
      'Changes are only accepted from this app’s own pages, so that no other site can make them for you. Go back to the page and try again.',
    causes: ['A form or a script from another site, or a client that sends no `Origin` and no form token.'],
    remedy: 'Send `Sec-Fetch-Site: same-origin`, the app’s `Origin`, or the page’s `form_token`.',
  }),
  NOT_MEANT: entry(425, 'Not done in advance', {
    message: 'This address does something, so it is not loaded in advance. Open it again.',
    causes: ['A browser prefetched a link to `/login`, `/callback` or `/logout`, or a monitor sent HEAD.'],
    remedy: 'Let monitors ask `/health`.',
  }),
  NOT_FOUND: entry(404, 'There is no such page', {
    message: 'The address may be mistyped, or the page has moved.',
    causes: ['No route has this path. `/sessions` exists only where sessions are in Redis.'],
    remedy: 'Check the address.',
  }),
  BAD_REQUEST: entry(400, 'This request cannot be read', {
    message: 'Something in its address, headers or form is malformed or too large. Check the address and try again.',
    causes: ['A malformed percent-encoding, a form that is too large, …: the log line has the reason.'],
    remedy: 'The status is that of the part that refused it.',
  }),
  INTERNAL_ERROR: entry(500, 'Something went wrong here', {
    message:
      'That is our fault, not yours. Try again; if it keeps happening, tell whoever runs this app the request id below.',
    causes: ['A bug.'],
    remedy: 'The log has the stack under the request id.',
  }),
};

export type ErrorCode = keyof typeof CATALOGUE;
