import { apiChecks } from './api-checks.ts';
import { type Check, skipped } from './check.ts';
import { clientChecks } from './client-checks.ts';
import { localChecks } from './local-checks.ts';
import { discover, providerChecks } from './provider-checks.ts';
import { redisChecks } from './redis-checks.ts';
import type { Setup } from './setup.ts';

/** Runs all checks of this setup at once, in ten seconds at most. Never rejects. */
export async function examine(setup: Setup): Promise<Check[]> {
  const parts = await Promise.all([providerAndClientChecks(setup), redisChecks(setup.redis), apiChecks(setup)]);
  return [...localChecks(setup), ...parts.flat()];
}

async function providerAndClientChecks(setup: Setup): Promise<Check[]> {
  const discovered = setup.issuer ? await discover(setup.issuer) : undefined;
  const { server } = discovered ?? {};
  const parts = await Promise.all([
    providerChecks(setup, discovered),
    setup.door && server ? clientChecks(setup.door, server, setup.proxies) : clientSkipped(setup),
  ]);
  return parts.flat();
}

function clientSkipped({ door }: Setup): Check[] {
  const first = door ? 'the provider has to answer' : 'the configuration has to be mended';
  return ['client', 'callback', 'audience'].map((name) => ({
    name,
    ...skipped(`not checked: ${first} first`),
  }));
}
