import type { Trouble } from './check.ts';

/** The first error code (`ECONNREFUSED`, `CERT_HAS_EXPIRED`, …) of an error or of what caused it. */
function codeOf(error: unknown): string {
  for (let current = error; current instanceof Error; current = current.cause) {
    const { code } = current as NodeJS.ErrnoException;
    // What openid-client says in its own words is caused by something that says more.
    if (typeof code === 'string' && !code.startsWith('OAUTH_')) return code;
  }
  return '';
}

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|CERT_UNTRUSTED/;

/** Why `url` was not reached, and what to do; the settings that name the address are `setting`. */
export function explainNetwork(error: unknown, url: string, setting: string): Trouble {
  const code = codeOf(error);
  const { host, hostname, protocol } = new URL(url);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return {
      message: `the name ${hostname} is not found (DNS, ${code})`,
      mend: `Correct the host in ${setting}, or let this machine resolve it.`,
    };
  }
  if (code === 'ECONNREFUSED') {
    return { message: `nothing listens at ${host}`, mend: `Start it, or correct the address in ${setting}.` };
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
      mend: `Write in ${setting} the host that the certificate names, or have it made for ${hostname}.`,
    };
  }
  if (/SSL|EPROTO/.test(code)) {
    const mend = `Check in ${setting} whether it is plain or TLS (${protocol}//), and the port.`;
    return { message: `${host} does not speak TLS as we do (${code})`, mend };
  }
  const { name = '', message = '' } = error instanceof Error ? error : {};
  const isSilent = /TIMEOUT|ETIMEDOUT/.test(code) || name === 'TimeoutError' || /no answer|timed out/.test(message);
  return {
    message: isSilent ? `${host} does not answer in time` : `${host} cannot be reached (${code || message})`,
    mend: `Check the address in ${setting}, and the network, firewall or proxy between here and there.`,
  };
}
