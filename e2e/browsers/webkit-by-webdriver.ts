import { existsSync } from 'node:fs';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import type { BrowserWindow, ColorScheme, Engine, Tab, TabOptions } from './browser.ts';

const KEYS = { Tab: '\uE004', Enter: '\uE007' };
/** The key under which an answer names an element (W3C WebDriver, section 12). */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
type Size = NonNullable<TabOptions['size']>;
type Element = Readonly<Record<typeof ELEMENT, string>>;

/** Looks where Debian and Fedora put the small browser that comes with the engine. */
export function findMiniBrowser(): string | undefined {
  const folders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/libexec', '/usr/lib64', '/usr/lib'];
  return folders.map((folder) => `${folder}/webkit2gtk-4.1/MiniBrowser`).find((file) => existsSync(file));
}

/** Starts WebKitGTK on a screen that nobody sees, and drives it by its WebDriver. */
export async function launchWebKit(binary: string, scheme: ColorScheme = 'light'): Promise<Engine> {
  const screen = startProgram('Xvfb', ['-displayfd', '1', '-screen', '0', '1400x2000x24', '-nolisten', 'tcp']);
  await waitFor('a screen', () => /^\d+$/m.test(screen.output()));
  const theme = scheme === 'dark' ? 'Adwaita:dark' : 'Adwaita';
  const env = { DISPLAY: `:${/^\d+$/m.exec(screen.output())?.[0]}`, GTK_THEME: theme, NO_AT_BRIDGE: '1' };
  const windows = new Set<WebKitWindow>();
  const complaints: string[] = [];
  const newWindow = async () => {
    const window = await startWindow(binary, env, complaints);
    windows.add(window);
    return window;
  };
  const first = await newWindow();
  return {
    version: `WebKitGTK ${first.version} by WebDriver`,
    complaints,
    cannot: ['middle-click', 'headers'],
    newWindow,
    close: async () => {
      for (const window of windows) await window.close();
      await screen.stop();
    },
  };
}

interface WebKitWindow extends BrowserWindow {
  readonly version: string;
}

/** One call of the W3C WebDriver protocol. */
type Call = <T = unknown>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) => Promise<T>;

function callsTo(base: string): Call {
  return async <T>(method: string, path: string, body?: object) => {
    const signal = AbortSignal.timeout(10_000);
    const answer = await fetch(base + path, { method, signal, ...(body && { body: JSON.stringify(body) }) });
    const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error} ${value.message}`);
    return value;
  };
}

/** A driver has one session, and a session is a browser with its own profile, like a private window. */
async function startWindow(binary: string, env: Record<string, string>, complaints: string[]): Promise<WebKitWindow> {
  const [port = 0] = await freePorts(1);
  const driver: Program = startProgram('WebKitWebDriver', [`--port=${port}`], { env });
  const url = `http://127.0.0.1:${port}`;
  await waitFor('WebKitWebDriver', async () => (await callsTo(url)<{ ready: boolean }>('GET', '/status')).ready);
  const options = { binary, args: ['--automation'] };
  const { sessionId, capabilities } = await callsTo(url)<{
    sessionId: string;
    capabilities: { browserVersion: string };
  }>('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } } });
  const call = callsTo(`${url}/session/${sessionId}`);
  // A script whose page goes away never answers.
  await call('POST', '/timeouts', { script: 5000 });
  const handles = () => call<string[]>('GET', '/window/handles');
  const [first = ''] = await handles();
  let isOpen = true;
  return {
    version: capabilities.browserVersion,
    newTab: async ({ size, headers }: TabOptions = {}) => {
      if (headers) throw new Error('WebKitWebDriver cannot do it');
      if (size) return openSized(call, tabOf(call, complaints, first), complaints, size);
      // Switches to a window that exists: the last one used may have been closed.
      await call('POST', '/window', { handle: first });
      const { handle } = await call<{ handle: string }>('POST', '/window/new', { type: 'tab' });
      return tabOf(call, complaints, handle);
    },
    tabs: async () => (await handles()).map((handle) => tabOf(call, complaints, handle)),
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      // This call may hang if the page has gone to another site; the browser ends with its driver anyway.
      await call('DELETE', '').catch(() => undefined);
      await driver.stop();
    },
  };
}

/** A window with a toolbar is never as narrow as a phone; a window that a page opens has no toolbar. */
async function openSized(call: Call, opener: Tab, complaints: string[], { width, height }: Size) {
  const handles = () => call<string[]>('GET', '/window/handles');
  await opener.goto('data:text/html,<button>Open</button>');
  const features = `width=${width},height=${height}`;
  await opener.run(`document.querySelector('button').onclick = () => void open('about:blank', '', '${features}')`);
  const before = await handles();
  await opener.click('//button');
  let opened: string | undefined;
  await waitFor('a window', async () => {
    opened = (await handles()).find((one) => !before.includes(one));
    return opened !== undefined;
  });
  return tabOf(call, complaints, opened ?? '');
}

/** Collects what the page's scripts complain about, from the first look on: this driver does not report the console. */
const LISTEN = `if (!('heard' in globalThis)) {
  globalThis.heard = [];
  const { error } = console;
  console.error = (...all) => { heard.push(all.join(' ')); error(...all); };
  addEventListener('error', ({ message }) => heard.push(message));
  addEventListener('unhandledrejection', ({ reason }) => heard.push('unhandled rejection: ' + reason));
}`;

function tabOf(call: Call, complaints: string[], handle: string): Tab {
  const here = () => call('POST', '/window', { handle });
  const find = async (at: string) => {
    let found: Element | undefined;
    await waitFor(at, async () => {
      found = await call<Element>('POST', '/element', { using: 'xpath', value: `(${at})[1]` });
    });
    return found?.[ELEMENT] ?? '';
  };
  const run = async <T>(expression: string): Promise<T> => {
    await here();
    const script = `${LISTEN}
      const done = arguments[0];
      const answer = (got) => done({ ...got, heard: heard.splice(0) });
      new Promise((resolve) => resolve(${expression})).then((value) => answer({ value }), (e) => answer({ failed: String(e) }));`;
    const { value, failed, heard } = await call<{ value: T; failed?: string; heard: string[] }>(
      'POST',
      '/execute/async',
      { script, args: [] },
    );
    complaints.push(...heard);
    if (failed) throw new Error(failed);
    return value;
  };
  return {
    goto: async (url) => {
      await here();
      await call('POST', '/url', { url });
    },
    click: async (at, button = 'left') => {
      // The driver waits forever after a click of the middle button.
      if (button !== 'left') throw new Error('WebKitWebDriver cannot do it');
      await here();
      await call('POST', `/element/${await find(at)}/click`, {});
    },
    fill: async (at, text) => {
      await here();
      const id = await find(at);
      await call('POST', `/element/${id}/clear`, {});
      await call('POST', `/element/${id}/value`, { text });
    },
    press: async (key) => {
      await here();
      const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: KEYS[key] }));
      await call('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
    run,
    back: async () => {
      await run('void setTimeout(() => history.back())');
    },
    screenshot: async () => {
      await here();
      return Buffer.from(await call<string>('GET', '/screenshot'), 'base64');
    },
    close: async () => {
      await here();
      await call('DELETE', '/window');
    },
  };
}
