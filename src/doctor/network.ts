import type { Proxy } from '../program/outgoing.ts';
import type { Trouble } from './check.ts';

/** The error and its causes, down to the first one. */
function* causesOf(error: unknown): Generator<Error> {
  for (let current = error; current instanceof Error; current = current.cause) yield current;
}

/** The first error code (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, …) of an error or of what caused it. */
function codeOf(error: unknown): string {
  for (const cause of causesOf(error)) {
    const { code } = cause as NodeJS.ErrnoException;
    // openid-client wraps errors in words of its own; their cause says more.
    if (typeof code === 'string' && !code.startsWith('OAUTH_')) return code;
  }
  return '';
}

/** The status with which a proxy refused to pass a request on; undefined if that is not what happened. */
function refusalOf(error: unknown): string | undefined {
  const patterns = /Proxy response \((\d+)\)|Proxy Authentication Required \((\d+)\)/;
  for (const { message } of causesOf(error)) {
    const [, tunnel, plain] = patterns.exec(message) ?? [];
    if (tunnel ?? plain) return tunnel ?? plain;
  }
  return undefined;
}

/** The addresses of a host that Node tried in vain, one after the other; empty if the host has only one. */
function addressesOf(error: unknown): string[] {
  const tries = [...causesOf(error)].find((cause) => cause instanceof AggregateError)?.errors as unknown[] | undefined;
  return (tries ?? []).flatMap((one) => (one as { address?: string }).address ?? []);
}

/** Names a proxy without its user and password. */
const nameOf = ({ url }: Proxy) => `the proxy ${url.protocol}//${url.host}`;

/** Words to put after the name of what was reached. */
export const through = (proxy: Proxy | undefined) => (proxy ? `, through ${nameOf(proxy)} (${proxy.variable})` : '');

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED/;

/**
 * Why `url` was not reached, and what to do; `setting` names the settings that hold the address. With a proxy in
 * between, a connection that failed was the one to the proxy.
 */
export function explainNetwork(error: unknown, url: string, setting: string, proxy?: Proxy): Trouble {
  const code = codeOf(error);
  const { host, protocol } = new URL(url);
  const status = proxy && refusalOf(error);
  if (status) {
    const allow =
      status === '407'
        ? `Write user and password into ${proxy.variable} (http://user:password@…)`
        : `Let the proxy of ${proxy.variable} allow ${host}`;
    return {
      message: `${nameOf(proxy)} refuses to reach ${host} (HTTP ${status})`,
      mend: `${allow}; or name ${host} in NO_PROXY if it can be reached directly.`,
    };
  }
  const connected = proxy
    ? { at: nameOf(proxy), hostname: proxy.url.hostname, named: proxy.variable }
    : { at: host, hostname: new URL(url).hostname, named: setting };
  const { at, hostname, named } = connected;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      message: `the name ${hostname} is not found (DNS, ${code})`,
      mend: `Correct the host in ${named}, or let this machine resolve it.`,
    };
  }
  if (code === 'ECONNREFUSED') {
    return { message: `nothing listens at ${at}`, mend: `Start it, or correct the address in ${named}.` };
  }
  if (UNTRUSTED.test(code)) {
    return {
      message: `the TLS certificate of ${host} is signed by nobody that Node trusts (${code})`,
      mend: 'Start the program with NODE_EXTRA_CA_CERTS=/path/to/ca.pem, a real environment variable: .env is too late.',
    };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return {
      message: `the TLS certificate of ${host} is not valid today (${code})`,
      mend: 'Have the certificate renewed, and look at the clock of this machine.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      message: `the TLS certificate at ${host} is for another name`,
      mend: `Write in ${setting} the host that the certificate names, or have one made for ${new URL(url).hostname}.`,
    };
  }
  if (/SSL|EPROTO/.test(code)) {
    const mend = `Check in ${setting} whether it is plain or TLS (${protocol}//), and the port.`;
    return { message: `TLS with ${host} failed (${code})`, mend };
  }
  const { name = '', message = '' } = error instanceof Error ? error : {};
  const isSilent = /TIMEOUT|ETIMEDOUT/.test(code) || name === 'TimeoutError' || /no answer|timed out/.test(message);
  const tried = addressesOf(error);
  if (isSilent && tried.length > 1) {
    return {
      message: `${at} does not answer in time at any of its addresses (${tried.join(', ')})`,
      mend: 'On a slow line start the program with NODE_OPTIONS=--network-family-autoselection-attempt-timeout=5000, a real environment variable; where IPv6 leads nowhere, with NODE_OPTIONS=--dns-result-order=ipv4first.',
    };
  }
  return {
    message: isSilent ? `${at} does not answer in time` : `${at} cannot be reached (${code || message})`,
    mend: `Check the address in ${named}, and the network, firewall or proxy between here and there.`,
  };
}
