import assert from 'node:assert/strict';
import { waitFor } from '../support/wait-for.ts';
import type { Tab } from './browser.ts';
import { inEveryEngine } from './every-engine.suite.ts';
import { addressOf, button, endsAt, headingOf, leads, named, openAs, pressByKeyboard } from './person.ts';
import { reads, signInAs, signOut, textOf } from './person.ts';

inEveryEngine([
  [
    'signs in from home, shows the profile, signs out',
    async ({ tab, stack: { webUrl, providerUrl } }) => {
      await tab.goto(`${webUrl}/`);
      assert.equal(await headingOf(tab), 'Welcome');
      await tab.click(named('Sign in'));
      await tab.fill('//input[@name="username"]', 'alice');
      await tab.fill('//input[@name="password"]', 'password');
      await tab.press('Enter');
      await reads(tab, 'Welcome, Alice Adams');
      assert.equal(await addressOf(tab), `${webUrl}/`);
      await tab.click(named('Profile'));
      await reads(tab, 'local|alice');
      await signOut(tab, webUrl);
      await tab.goto(`${webUrl}/profile`);
      assert.ok((await addressOf(tab)).startsWith(providerUrl));
    },
  ],
  [
    'comes back to the page that was asked for, with its query',
    async ({ tab, stack: { webUrl } }) => {
      await openAs(tab, 'Bob Baker', `${webUrl}/profile?tab=claims&filter=a%26b`);
    },
  ],
  [
    'five tabs sign in in any order, and each comes back to its own page',
    async ({ window, stack: { webUrl } }) => {
      const addresses = [1, 2, 3, 4, 5].map((n) => `${webUrl}/profile?tab=${n}`);
      const tabs: { tab: Tab; address: string }[] = [];
      for (const address of addresses) {
        const tab = await window.newTab();
        await tab.goto(address);
        tabs.push({ tab, address });
      }
      for (const { tab } of [3, 0, 4, 1, 2].flatMap((n) => tabs[n] ?? [])) await signInAs(tab, 'Bob Baker');
      for (const { tab, address } of tabs) {
        await endsAt(tab, address);
        await reads(tab, 'local|bob');
      }
    },
  ],
  [
    'an error has a code and a request id, and a way on',
    async ({ tab, stack: { webUrl } }) => {
      await tab.goto(`${webUrl}/nowhere`);
      assert.match(await textOf(tab), /Code NOT_FOUND, request id [\w-]{8,}/);
      await tab.goto(`${webUrl}/callback?code=x&state=y`);
      assert.match(await textOf(tab), /Code LOGIN_EXPIRED, request id [\w-]{8,}/);
      await tab.click('//main//a[contains(@class, "button")]');
      await signInAs(tab, 'Bob Baker');
      await reads(tab, 'Welcome, Bob Baker');
    },
  ],
  [
    'signs one other browser out, then all others',
    async ({ tab, anotherWindow, stack: { webUrl } }) => {
      await openAs(tab, 'Carol Admin', `${webUrl}/sessions`);
      const others = [];
      for (const n of [1, 2, 3]) {
        const other = await (await anotherWindow()).newTab();
        await openAs(other, 'Carol Admin', `${webUrl}/profile?other=${n}`);
        others.push(other);
      }
      await tab.goto(`${webUrl}/sessions`);
      const count = async () => Number(/in (\d+) browsers/.exec(await tab.run<string>('document.title'))?.[1]);
      const before = await count();
      assert.ok(before >= 4);
      await leads(tab, () => tab.click('//main//li//form//button'));
      assert.equal(await count(), before - 1);
      await tab.click(named('Sign out everywhere else'));
      await reads(tab, 'the only one that is signed in');
      for (const other of others) {
        await other.goto(`${webUrl}/profile`);
        assert.equal(await headingOf(other), 'You were signed out');
      }
    },
  ],
  [
    'calls the API, and refreshes the token',
    async ({ tab, stack: { webUrl } }) => {
      await openAs(tab, 'Bob Baker', `${webUrl}/api-call`);
      await reads(tab, 'Status 200');
      await leads(tab, () => tab.click(button('Refresh the token')));
      await reads(tab, 'Status 200');
      assert.equal(await addressOf(tab), `${webUrl}/api-call`);
    },
  ],
  [
    'a form that meets a login leads to the provider, and comes back to its page',
    async ({ tab, window, stack: { webUrl } }) => {
      await openAs(tab, 'Bob Baker', `${webUrl}/api-call`);
      const other = await window.newTab();
      await other.goto(`${webUrl}/`);
      await signOut(other, webUrl);
      await tab.click(button('Refresh the token'));
      await signInAs(tab, 'Bob Baker');
      await endsAt(tab, `${webUrl}/api-call`);
      await reads(tab, 'Status 200');
    },
  ],
  [
    'a form can be sent again after the back button, and no page holds anybody up',
    async ({ tab, stack: { webUrl } }) => {
      await openAs(tab, 'Bob Baker', `${webUrl}/api-call`);
      for (const _ of [1, 2]) {
        await leads(tab, () => tab.click(button('Refresh the token')));
        await tab.click(named('Protected'));
        await endsAt(tab, `${webUrl}/protected`);
        await tab.back();
        await endsAt(tab, `${webUrl}/api-call`);
      }
      await reads(tab, 'Status 200');
    },
  ],
  [
    'two windows are two accounts',
    async ({ tab, anotherWindow, stack: { webUrl } }) => {
      const other = await (await anotherWindow()).newTab();
      await openAs(tab, 'Alice Adams', `${webUrl}/profile`);
      await openAs(other, 'Bob Baker', `${webUrl}/profile`);
      await tab.goto(`${webUrl}/`);
      assert.equal(await headingOf(tab), 'Welcome, Alice Adams');
      await other.goto(`${webUrl}/`);
      assert.equal(await headingOf(other), 'Welcome, Bob Baker');
    },
  ],
  [
    'a middle click on “Sign in” signs in in a tab of its own',
    async ({ tab, window, stack: { webUrl } }) => {
      await tab.goto(`${webUrl}/`);
      const before = (await window.tabs()).length;
      await tab.click(named('Sign in'), 'middle');
      await waitFor('a new tab', async () => (await window.tabs()).length > before);
      const opened = (await window.tabs()).at(-1);
      assert.ok(opened);
      await signInAs(opened, 'Bob Baker');
      await reads(opened, 'Welcome, Bob Baker');
      assert.equal(await headingOf(tab), 'Welcome');
      await tab.goto(`${webUrl}/`);
      assert.equal(await headingOf(tab), 'Welcome, Bob Baker');
    },
    'middle-click',
  ],
  [
    'a browser inside of an app, which names itself in X-Requested-With, signs in',
    async ({ window, stack: { webUrl } }) => {
      const tab = await window.newTab({ headers: { 'X-Requested-With': 'com.example.app' } });
      await openAs(tab, 'Bob Baker', `${webUrl}/profile`);
      await signOut(tab, webUrl);
    },
    'headers',
  ],
  [
    'from home to signed out with the keyboard alone',
    async ({ tab, stack: { webUrl } }) => {
      await tab.goto(`${webUrl}/`);
      await tab.press('Tab');
      assert.equal(await tab.run('document.activeElement.textContent'), 'Skip to content');
      await pressByKeyboard(tab, 'Sign in');
      await pressByKeyboard(tab, 'Sign in as Carol Admin');
      await endsAt(tab, `${webUrl}/`);
      await pressByKeyboard(tab, 'Profile');
      await reads(tab, 'local|carol');
      await pressByKeyboard(tab, 'API call');
      await pressByKeyboard(tab, 'Refresh the token');
      await reads(tab, 'Status 200');
      await pressByKeyboard(tab, 'Sign out');
      await endsAt(tab, `${webUrl}/`);
      assert.equal(await headingOf(tab), 'Welcome');
    },
  ],
]);
