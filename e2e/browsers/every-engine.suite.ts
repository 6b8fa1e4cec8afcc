import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Stack, startStack } from '../support/stack.ts';
import type { BrowserWindow, Engine, Tab } from './browser.ts';
import { chosenEngines } from './engines.ts';

/** What a sentence can use: a window that nobody has used, with one tab, and the programs. */
export interface Here {
  readonly engine: Engine;
  readonly stack: Stack;
  readonly window: BrowserWindow;
  readonly tab: Tab;
  /** Another private window, closed at the end of the sentence. */
  readonly anotherWindow: () => Promise<BrowserWindow>;
}

type Sentence = readonly [name: string, says: (here: Here) => Promise<void>, needs?: Engine['cannot'][number]];

/** Not a complaint of our scripts: the browser's own message about an answer that is an error on purpose. */
const OF_THE_BROWSER = /^Failed to load resource/;

/** Runs each sentence in each engine. */
export function inEveryEngine(sentences: readonly Sentence[]): void {
  let stack: Stack;
  before(async () => {
    // A provider is rarely on the same site as its app, so here it is on another.
    stack = await startStack({ redis: true, crossSite: true });
  });
  after(() => stack.stop());
  for (const kind of chosenEngines()) {
    describe(kind.name, () => {
      let engine: Engine;
      let windows: BrowserWindow[] = [];
      before(async () => {
        engine = await kind.launch();
      });
      after(() => engine.close());
      const anotherWindow = async () => {
        const window = await engine.newWindow();
        windows.push(window);
        return window;
      };
      let window: BrowserWindow;
      let tab: Tab;
      beforeEach(async () => {
        window = await anotherWindow();
        tab = await window.newTab();
      });
      afterEach(async () => {
        for (const opened of windows) await opened.close();
        windows = [];
      });
      it('is driven', (t) => t.diagnostic(engine.version));
      for (const [name, says, needs] of sentences) {
        it(name, { timeout: 120_000 }, async (t) => {
          if (needs && engine.cannot.includes(needs)) return t.skip(`no ${needs} by ${engine.version}`);
          await says({ engine, stack, window, tab, anotherWindow });
        });
      }
      it('says nothing in the console, and no script fails', () => {
        const ours = engine.complaints.filter((complaint) => !OF_THE_BROWSER.test(complaint));
        assert.deepEqual(ours, []);
      });
    });
  }
}
