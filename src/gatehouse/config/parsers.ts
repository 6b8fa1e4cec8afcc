import { type Parse, QUOTED } from './env-reader.ts';

/** Parsers of one variable each. Each throws an `Error` whose message says what is wrong and what to write. */

export const text: Parse<string> = (value) => value;

/** A whole number within bounds, both included. */
export function integer(min: number, max = Number.MAX_SAFE_INTEGER): Parse<number> {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw new Error(`is not a whole number ${range}`);
    }
    return number;
  };
}

/** A TCP port. */
export const port: Parse<number> = (value) => {
  if (/^(tcp|udp|sctp):\/\//i.test(value)) {
    throw new Error(
      'is an address that Kubernetes sets for a Service of that name; set enableServiceLinks: false in the spec of the Pod',
    );
  }
  return integer(1, 65_535)(value);
};

export function oneOf<const T extends string>(...choices: readonly T[]): Parse<T> {
  return (value) => {
    const choice = choices.find((known) => known === value);
    if (choice === undefined) throw new Error(`is not one of the known values; write ${choices.join(', ')}`);
    return choice;
  };
}

/** An absolute http(s) URL without user name, query and fragment. */
export const httpUrl: Parse<URL> = (value) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Error('is not a URL; write it whole, such as https://app.example.com');
  }
  if (url.username || url.password) throw new Error('carries a user name or password; take them out');
  if (url.search || url.hash || /[?#]/.test(value)) {
    throw new Error('has a query or fragment; write it without "?" and "#"');
  }
  return url;
};

/** A base URL without the slash at its end, so that paths can be appended. */
export const baseUrl: Parse<string> = (value) => httpUrl(value).href.replace(/\/+$/, '');

/** A bare host name, as Auth0 shows it: no scheme, no path. */
export const domain: Parse<string> = (value) => {
  const bare = value.replace(/^[a-z]+:\/\//i, '').replace(/\/.*$/, '');
  if (bare !== value) {
    throw new Error(`takes the domain alone, without scheme and path; write ${bare || 'tenant.us.auth0.com'}`);
  }
  if (!/^[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/i.test(value)) {
    throw new Error('is not a domain; write it as your Auth0 application shows it, such as tenant.us.auth0.com');
  }
  return value.toLowerCase();
};

/** Secrets, comma-separated: the first writes, all read. */
export const secrets: Parse<readonly string[]> = (value) => {
  const list = value.split(',').map((secret) => secret.trim());
  if (list.some((secret) => QUOTED.test(secret))) throw new Error('has quotes around an entry; take them off');
  if (list.some((secret) => secret.length < 32)) {
    const which = list.length > 1 ? 'has an entry of' : 'has';
    throw new Error(`${which} fewer than 32 characters; make one with: openssl rand -hex 64`);
  }
  return Object.freeze(list);
};

export const scopes: Parse<readonly string[]> = (value) => {
  const list = [...new Set(value.split(/\s+/))];
  if (!list.includes('openid')) throw new Error(`lacks "openid"; write openid ${value}`);
  return Object.freeze(list);
};

/** Parameters of a request, as a query; none of `reserved`, which the protocol itself sets. */
export function parameters(reserved: readonly string[]): Parse<Readonly<Record<string, string>>> {
  return (value) => {
    const given = [...new URLSearchParams(value)];
    const taken = given.find(([name]) => reserved.includes(name));
    if (taken) throw new Error(`has ${taken[0]}, which the protocol itself sets; take it out`);
    if (given.some(([name, text]) => name === '' || text === '')) {
      throw new Error('is not a query; write it as access_type=offline&prompt=consent');
    }
    return Object.freeze(Object.fromEntries(given));
  };
}

/** What `work` returns; whatever it throws is replaced by an `Error` with `message`. */
export function orSay<T>(message: string, work: () => T): T {
  try {
    return work();
  } catch {
    throw new Error(message);
  }
}
