import { randomUUID } from 'node:crypto';
import type { AccountClaims } from 'oidc-provider';
import { DEMO_USERS, type DemoUser } from './demo-users.ts';
import type { ApiPermission } from './scopes.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
  readonly permissions: readonly ApiPermission[];
  readonly claims: AccountClaims;
}

/** Those who can sign in: the demo users, and whoever signed up since the provider started. */
export class Accounts {
  readonly #bySub = new Map<string, Account>();

  /** @param issuer where the pictures are */
  constructor(issuer: string) {
    for (const user of DEMO_USERS) this.#add(demoAccount(user, issuer));
  }

  #add(account: Account): Account {
    this.#bySub.set(account.claims.sub, account);
    return account;
  }

  find(sub: string): Account | undefined {
    return this.#bySub.get(sub);
  }

  /** The account of this username or e-mail address, if the password is right. */
  authenticate(username: string, password: string): Account | undefined {
    const account = this.#named(username);
    return account?.password === password ? account : undefined;
  }

  /** A new account without permissions; undefined where the e-mail address is taken. */
  register(name: string, email: string, password: string): Account | undefined {
    if (this.#named(email)) return undefined;
    const sub = `local|${randomUUID()}`;
    const nickname = email.split('@', 1)[0];
    const updated_at = new Date().toISOString();
    const claims = { sub, name, nickname, email, email_verified: false, updated_at };
    return this.#add({ username: email, password, permissions: [], claims });
  }

  #named(name: string): Account | undefined {
    const wanted = name.toLowerCase();
    const names = ({ username, claims }: Account) => [username, claims['email']];
    return [...this.#bySub.values()].find((account) =>
      names(account).some((own) => typeof own === 'string' && own.toLowerCase() === wanted),
    );
  }
}

function demoAccount({ username, password, permissions, claims }: DemoUser, issuer: string): Account {
  const { picture } = claims;
  const absolute = typeof picture === 'string' && { picture: new URL(picture, issuer).href };
  return { username, password, permissions, claims: { ...claims, ...absolute, sub: `local|${username}` } };
}
