import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startProgram } from '../support/program.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitFor } from '../support/wait-for.ts';
import type { BrowserWindow, Tab } from './browser.ts';
import { chosenEngines } from './engines.ts';
import { addressOf, endsAt, openAs, reads, signInAs } from './person.ts';

/** The tabs at addresses that begin so, once there are as many as that. */
async function tabsAt(window: BrowserWindow, address: string, count = 1): Promise<Tab[]> {
  let found: Tab[] = [];
  let addresses: string[] = [];
  await waitFor(`${count} tabs at ${address}`, async () => {
    const tabs = await window.tabs();
    addresses = await Promise.all(tabs.map(addressOf));
    found = tabs.filter((_, n) => addresses[n]?.startsWith(address));
    return found.length === count;
  }).catch((error: unknown) => assert.fail(`${String(error)}; there are ${addresses.join(' ')}`));
  return found;
}

describe('tabs that a browser brings back when it is opened again', () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack({ redis: true, crossSite: true });
  });
  after(() => stack.stop());

  for (const { name, openKept } of chosenEngines()) {
    describe(name, { skip: !openKept && 'no driver of it keeps a profile' }, () => {
      /** Opens the browser with this profile, and closes it after `work`. */
      async function inBrowser(profile: string, work: (window: BrowserWindow) => Promise<void>): Promise<void> {
        const window = await openKept?.(profile);
        assert.ok(window);
        await work(window).finally(() => window.close());
      }

      it('show whoever is still signed in', async () => {
        const [profile, page] = [temporaryFolder('profile'), `${stack.webUrl}/profile?tab=1`];
        await inBrowser(profile, async (window) => openAs(await window.newTab(), 'Bob Baker', page));
        await inBrowser(profile, async (window) => {
          for (const tab of await tabsAt(window, page)) await reads(tab, 'local|bob');
        });
      });

      it('show nobody’s data once the session was ended from elsewhere', async () => {
        const [profile, page] = [temporaryFolder('profile'), `${stack.webUrl}/profile?tab=1`];
        await inBrowser(profile, async (window) => openAs(await window.newTab(), 'Bob Baker', page));
        const ended = startProgram(
          process.execPath,
          ['dist/command.js', 'sessions', 'end', '--sub', 'local|bob'],
          stack,
        );
        assert.equal(await ended.ended, 0, ended.output());
        await inBrowser(profile, async (window) => {
          for (const tab of await tabsAt(window, page)) await reads(tab, 'You were signed out');
        });
      });

      it('finish the logins that they were in the middle of, each at its own page', async () => {
        const profile = temporaryFolder('profile');
        const pages = [1, 2, 3, 4].map((n) => `${stack.webUrl}/profile?tab=${n}`);
        await inBrowser(profile, async (window) => {
          for (const page of pages) await (await window.newTab()).goto(page);
          await tabsAt(window, stack.providerUrl, pages.length);
        });
        await inBrowser(profile, async (window) => {
          const tabs = await tabsAt(window, stack.providerUrl, pages.length);
          for (const tab of tabs) await signInAs(tab, 'Bob Baker');
          for (const page of pages) for (const tab of await tabsAt(window, page)) await endsAt(tab, page);
        });
      });
    });
  }
});
