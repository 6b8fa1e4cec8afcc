import { randomUUID, scryptSync } from 'node:crypto';
import type { AccountClaims } from 'oidc-provider';
import { DEMO_PASSWORD, DEMO_USERS, type DemoUser } from './demo-users.ts';
import type { ProviderMemory } from './memory.ts';

export interface Account {
  readonly username: string;
  /** Hashed, because accounts may be kept in a file, and people reuse passwords. */
  readonly password: string;
  readonly permissions: readonly string[];
  readonly claims: AccountClaims;
}

/** Everybody who can sign in: the demo users, and those who signed up or were made since `memory` began. */
export class Accounts {
  readonly #bySub: Map<string, Account>;
  /** The `sub` that each ticket signs in. */
  readonly #tickets = new Map<string, string>();

  /** @param issuer where the users' pictures are */
  constructor(issuer: string, memory: ProviderMemory) {
    this.#bySub = memory.kind('accounts');
    for (const user of DEMO_USERS) this.#add(demoAccount(user, issuer));
  }

  #add(account: Account): Account {
    this.#bySub.set(account.claims.sub, account);
    return account;
  }

  find(sub: string): Account | undefined {
    return this.#bySub.get(sub);
  }

  /** The account of this username or e-mail address, if the password is right. A ticket is enough by itself. */
  authenticate(username: string, password: string): Account | undefined {
    const holder = this.#tickets.get(password);
    if (holder !== undefined) {
      this.#tickets.delete(password);
      return this.find(holder);
    }
    const account = this.#named(username);
    return account && account.password === hashed(password, account.claims.sub) ? account : undefined;
  }

  /**
   * Makes a user of these claims, or gives them to the user who already has this `sub`; a `sub` alone changes nobody.
   * Access tokens carry the list `permissions`, too. Returns a ticket, which is the password for one sign-in.
   */
  admit(claims: AccountClaims): string {
    const { sub, permissions } = claims;
    const known = this.find(sub);
    if (!known || Object.keys(claims).length > 1) {
      const isText = (item: unknown) => typeof item === 'string';
      this.#add({
        ...{ username: known?.username ?? sub, password: known?.password ?? hashed(DEMO_PASSWORD, sub), claims },
        permissions: Array.isArray(permissions) ? permissions.filter(isText) : [],
      });
    }
    const ticket = randomUUID();
    this.#tickets.set(ticket, sub);
    return ticket;
  }

  /** A new account without permissions; undefined if the e-mail address is taken. */
  register(name: string, email: string, password: string): Account | undefined {
    if (this.#named(email)) return undefined;
    const sub = `local|${randomUUID()}`;
    const nickname = email.split('@', 1)[0];
    const updated_at = new Date().toISOString();
    const claims = { sub, name, nickname, email, email_verified: false, updated_at };
    return this.#add({ username: email, password: hashed(password, sub), permissions: [], claims });
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
  const sub = `local|${username}`;
  return { username, password: hashed(password, sub), permissions, claims: { ...claims, ...absolute, sub } };
}

/** Takes only a millisecond or two, since tests start many providers. */
function hashed(password: string, sub: string): string {
  return scryptSync(password, sub, 32, { N: 512 }).toString('base64');
}
