/** The configuration of this app's pages; the library (`#gatehouse`) reads the rest. */
export interface AppConfig {
  readonly production: boolean;
  /** Express's "trust proxy" value. */
  readonly trustProxy: boolean | number | string;
  /** Where browsers reach the app, without a slash at the end. */
  readonly baseUrl: string;
  /** Where the provider sends browsers back to, with a code in the query. */
  readonly callbackPath: string;
  readonly hsts: { readonly includeSubDomains: boolean };
  /** The OpenID provider. */
  readonly issuer: string;
  /** Where this app finds the API that its pages call. */
  readonly apiServerUrl: string;
  /** The identifier of that API; undefined: there is none. */
  readonly audience: string | undefined;
  /** Whether sessions are in Redis, and so can be listed. */
  readonly hasRedis: boolean;
}
