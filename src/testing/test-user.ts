/** Somebody to sign in as. `door.user(req).claims` has the same claims. */
export interface TestUser {
  /** The provider's name for the person. */
  readonly sub: string;
  readonly name?: string;
  readonly email?: string;
  /** The access token for `AUTH0_AUDIENCE` carries these, too. */
  readonly permissions?: readonly string[];
  readonly [claim: string]: unknown;
}
