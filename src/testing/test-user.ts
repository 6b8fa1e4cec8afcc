/** Somebody to sign in as. What is here is what `door.user(req).claims` says. */
export interface TestUser {
  /** The provider's name for the person. */
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  /** Also those of the access token for `AUTH0_AUDIENCE`. */
  readonly permissions?: readonly string[];
  readonly [claim: string]: unknown;
}
