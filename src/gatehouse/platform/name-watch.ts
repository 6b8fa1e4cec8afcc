import dns from 'node:dns/promises';
import { isIP } from 'node:net';

const EVERY_MS = 5000;

/**
 * Looks up a host name every five seconds, and calls `follow` when it leads to none of its previous addresses, until
 * `follow` resolves with true. A name that is not found means nothing. Keeps no process alive.
 */
export function watchName(host: string, follow: () => Promise<boolean>): { stop(): void } {
  let known: readonly string[] | undefined;
  async function look(): Promise<void> {
    const found = await dns.lookup(host, { all: true }).catch(() => []);
    const addresses = found.map(({ address }) => address);
    if (addresses.length === 0) return;
    const isElsewhere = known && !addresses.some((address) => known?.includes(address));
    if (!isElsewhere || (await follow())) known = addresses;
  }
  if (isIP(host.replace(/^\[|\]$/g, ''))) return { stop: () => {} };
  void look();
  const timer = setInterval(() => void look(), EVERY_MS).unref();
  return { stop: () => clearInterval(timer) };
}
