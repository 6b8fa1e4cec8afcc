import assert from 'node:assert/strict';
import { waitFor } from '../support/wait-for.ts';
import type { Tab } from './browser.ts';

/** XPath of the link or button with this name. */
export const named = (name: string) => `//*[self::a or self::button][normalize-space() = "${name}"]`;
/** XPath of the button whose name begins with `name`. */
export const button = (name: string) => `//button[starts-with(normalize-space(), "${name}")]`;

export const textOf = (tab: Tab) => tab.run<string>('document.body.innerText');
export const addressOf = (tab: Tab) => tab.run<string>('location.href');
export const headingOf = (tab: Tab) => tab.run<string>('document.querySelector("h1").innerText');

/** Waits until the tab shows `text`. */
export async function reads(tab: Tab, text: string): Promise<void> {
  let shown = '';
  await waitFor(`“${text}”`, async () => {
    shown = `${await addressOf(tab)}\n${await textOf(tab)}`;
    return shown.includes(text);
  }).catch((error: unknown) => assert.fail(`${String(error)}; it shows ${shown}`));
}

/** Waits until a page at this address has been loaded. */
export async function endsAt(tab: Tab, url: string): Promise<void> {
  let address = '';
  await waitFor(url, async () => {
    address = await addressOf(tab);
    return address === url && (await tab.run('document.readyState === "complete"'));
  }).catch((error: unknown) => assert.fail(`${String(error)}; it is at ${address}`));
}

/** Does `act`, which leads to another page, maybe at the same address, and waits until that page is loaded. */
export async function leads(tab: Tab, act: () => Promise<void>): Promise<void> {
  const mark = Math.random();
  await tab.run(`globalThis.leaving = ${mark}`);
  await act();
  await waitFor('another page', () => tab.run(`globalThis.leaving !== ${mark} && document.readyState === 'complete'`));
}

/** Signs in with one click at the local provider. */
export const signInAs = (tab: Tab, name: string) => tab.click(button(`Sign in as ${name}`));

/** Opens a page that demands a sign-in, and signs in. */
export async function openAs(tab: Tab, name: string, url: string): Promise<void> {
  await tab.goto(url);
  await signInAs(tab, name);
  await endsAt(tab, url);
}

/** Signs out through the navigation. */
export async function signOut(tab: Tab, webUrl: string): Promise<void> {
  await tab.click(named('Sign out'));
  await endsAt(tab, `${webUrl}/`);
  await reads(tab, 'Sign in');
}

/** Moves by Tab to the link or button whose name begins with `name`, and presses it. */
export async function pressByKeyboard(tab: Tab, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await tab.press('Tab');
    const focused = await tab.run<string>('document.activeElement.textContent.trim()');
    if (focused.startsWith(name)) return leads(tab, () => tab.press('Enter'));
  }
  assert.fail(`no way by keyboard to ${name}`);
}
