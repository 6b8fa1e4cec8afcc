import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `condition` holds (does not throw and is not false); fails with its last error after `ms`. */
export async function waitFor(what: string, condition: () => unknown, ms = 20_000): Promise<void> {
  const deadline = Date.now() + ms;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      if ((await condition()) !== false) return;
    } catch (error) {
      last = error;
    }
    await delay(25);
  }
  throw new Error(`${what} did not happen within ${ms} ms`, { cause: last });
}
