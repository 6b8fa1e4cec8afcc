import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLoopback } from '../gatehouse/config/common-config.ts';
import { PROJECT_ROOT } from '../paths.ts';
import { type Check, failed, ok, skipped, warning } from './check.ts';
import type { Setup } from './setup.ts';

/** Checks what needs no network: this Node, and the configuration with its cookies and secrets. */
export function localChecks(setup: Setup): Check[] {
  return [nodeCheck(process.versions.node), ...configurationChecks(setup), cookieCheck(setup), secretCheck(setup)];
}

function nodeCheck(version: string): Check {
  const file = readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8');
  const { engines } = JSON.parse(file) as { engines: { node: string } };
  const wanted = engines.node.replace(/^\D+/, '');
  const isNew = version.localeCompare(wanted, 'en', { numeric: true }) >= 0;
  const finding = isNew
    ? ok(`Node ${version}`)
    : failed(`Node ${version} is older than ${wanted}`, `Install Node ${wanted} or newer.`);
  return { name: 'node', ...finding };
}

/** One check for each variable, since each problem has its own remedy. */
function configurationChecks({ problems, warnings, isLocal }: Setup): Check[] {
  const told = [
    ...problems.map((line) => ({ line, make: failed })),
    ...warnings.map((line) => ({ line, make: warning })),
  ];
  if (told.length === 0) {
    const message = isLocal ? 'complete; no provider is named: the local one is used' : 'complete';
    return [{ name: 'configuration', ...ok(message) }];
  }
  return told.map(({ line, make }) => {
    // "NAME what is wrong; what to write"
    const [variable = ''] = line.split(' ', 1);
    const [message = line, ...mend] = line.split('; ');
    const see = `Write a value that fits; .env.example explains ${variable}`;
    return { name: `configuration ${variable}`, ...make(message, capitalized(mend.join('; ')) || see) };
  });
}

// Adds no full stop, since the text may end in something to copy.
const capitalized = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

function secretCheck({ door }: Setup): Check {
  const name = 'session secret';
  if (!door) return { name, ...skipped('not checked: the configuration has to be mended first') };
  const { length } = door.secrets;
  if (length === 1) return { name, ...ok('one; change it in steps: old,new everywhere, then new,old, then new') };
  const message = `${length}: the first signs and seals, all are read. Every process has to know the one that another writes with`;
  return { name, ...ok(message) };
}

function cookieCheck({ door, trustProxy }: Setup): Check {
  const name = 'cookies';
  if (!door) return { name, ...skipped('not checked: the configuration has to be mended first') };
  const { baseUrl } = door;
  if (baseUrl.startsWith('https:')) {
    if (trustProxy !== false) return { name, ...ok(`secure, for ${baseUrl} alone`) };
    const message = `${baseUrl} is https, but the app itself speaks http and TRUST_PROXY is false`;
    return { name, ...warning(message, 'Set TRUST_PROXY=1 if one proxy in front of the app ends TLS.') };
  }
  if (isLoopback(new URL(baseUrl))) return { name, ...ok(`plain, for ${baseUrl} on this machine`) };
  const mend = 'Put TLS in front of the app and write AUTH0_REDIRECT_URI with https.';
  return { name, ...warning(`${baseUrl} is plain http: cookies can be read on the way`, mend) };
}
