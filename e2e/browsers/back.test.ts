import assert from 'node:assert/strict';
import { startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Tab } from './browser.ts';
import { type Here, inEveryEngine } from './every-engine.suite.ts';
import { endsAt, headingOf, leads, named, openAs, reads, signOut } from './person.ts';

/**
 * After the page's own scripts have run, notes what the page shows when the back button brings it out of memory.
 * The next page of the app can read that.
 */
const NOTE_WHAT_COMES_BACK = `void addEventListener('pageshow', ({ persisted }) => {
  if (persisted) localStorage.setItem('cameBack', document.body.hidden ? 'hidden' : document.body.innerText);
})`;

/** Opens Bob's profile, then his home; both say who he is. */
async function visitPages({ tab, stack: { webUrl } }: Here): Promise<void> {
  await openAs(tab, 'Bob Baker', `${webUrl}/profile`);
  await tab.run(NOTE_WHAT_COMES_BACK);
  await tab.click(named('Home'));
  await endsAt(tab, `${webUrl}/`);
}

/**
 * Goes back to the profile: the browser asks for it anew, it demands a sign-in, and it was never seen for a moment.
 * The server and another tab tell: WebKit's driver gets lost where a page out of memory leads to another site.
 */
async function goesBackToNobody(tab: Tab, { window, stack: { web, webUrl } }: Here): Promise<void> {
  const before = web.output().length;
  await tab.back();
  await waitFor('the way to the login', () => /GET \/profile (302|401)/.test(web.output().slice(before)));
  const witness = await window.newTab();
  await witness.goto(`${webUrl}/`);
  const seen = await witness.run<string | null>('localStorage.getItem("cameBack")');
  assert.ok(seen === null || seen === 'hidden', `the back button showed for a moment: ${seen}`);
}

inEveryEngine([
  [
    'back after signing out here',
    async (here) => {
      const { tab, stack } = here;
      await visitPages(here);
      await signOut(tab, stack.webUrl);
      await leads(tab, () => tab.back());
      assert.equal(await headingOf(tab), 'Welcome');
      await goesBackToNobody(tab, here);
    },
  ],
  [
    'back after signing out in another tab',
    async (here) => {
      const { tab, window, stack } = here;
      await visitPages(here);
      const other = await window.newTab();
      await other.goto(`${stack.webUrl}/`);
      await signOut(other, stack.webUrl);
      await goesBackToNobody(tab, here);
    },
  ],
  [
    'back after the session was ended from elsewhere',
    async (here) => {
      const { tab, stack } = here;
      await visitPages(here);
      const ended = startProgram(process.execPath, ['dist/command.js', 'sessions', 'end', '--sub', 'local|bob'], stack);
      assert.equal(await ended.ended, 0, ended.output());
      await goesBackToNobody(tab, here);
      await reads(tab, 'You were signed out');
    },
  ],
  [
    'back while signed in shows the page again',
    async (here) => {
      const { tab } = here;
      await visitPages(here);
      await tab.back();
      await reads(tab, 'local|bob');
    },
  ],
]);
