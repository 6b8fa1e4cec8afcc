import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { waitFor } from '../support/wait-for.ts';
import { inEveryEngine } from './every-engine.suite.ts';
import { openAs } from './person.ts';

/** WCAG 2.2 AA and axe's best practices, as in e2e/browser/accessibility.spec.ts, which covers more pages. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

inEveryEngine(
  ['/', '/profile', '/sessions', '/nowhere', '/api-call'].map((path) => [
    `axe finds nothing on ${path}`,
    async ({ tab, stack: { webUrl } }) => {
      await openAs(tab, 'Alice Adams', `${webUrl}/profile`);
      await tab.goto(webUrl + path);
      await tab.run(`void (() => { ${AXE} })()`);
      await tab.run(
        `void axe.run({ runOnly: ${JSON.stringify(TAGS)} }).then(({ violations }) => { globalThis.found = violations; })`,
      );
      await waitFor('axe', () => tab.run('"found" in globalThis'));
      const found = 'found.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])';
      assert.deepEqual(await tab.run(found), []);
    },
  ]),
);
