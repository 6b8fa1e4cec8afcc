import assert from 'node:assert/strict';
import { startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Tab } from './browser.ts';
import { type Here, inEveryEngine } from './every-engine.suite.ts';
import { endsAt, headingOf, leads, named, openAs, reads, signOut } from './person.ts';

/**
 * Notes,, after the page's own scripts, what a page shows that the back button brings out of memory;
 * the next page of the app can read it.
 */
const NOTE_WHAT_COMES_BACK = `void addEventListener('pageshow', ({ persisted }) => {
  if (persisted) localStorage.setItem('cameBack', document.body.hidden ? 'hidden' : document.body.innerText);
})`;

/** Bob's profile, then his home, both of which say who he is. */
async function visitPages({ tab, stack: { webUrl } }: Here): Promise<void> {
  await openAs(tab, 'Bob Baker', `${webUrl}/profile`);
  await tab.run(NOTE_WHAT_COMES_BACK);
  await tab.click(named('Home'));
  await endsAt(tab, `${webUrl}/`);
}

/**
 * Goes back to the profile, which is asked for anew and demands a sign-in, and was not seen for a moment either. Told by
 * the server and another tab: WebKit's driver gets lost where a page out of memory leads on to another site.
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
