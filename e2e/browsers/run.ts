/**
 * `npm run test:browsers` runs this folder's sentences in Chromium, Firefox and WebKit; names after it select engines.
 * `npm run test:browsers -- --pictures` makes contact sheets of the pages in each engine.
 */
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { assertInstalled, chosenEngines } from './engines.ts';
import { takePictures } from './pictures.ts';

const { values, positionals } = parseArgs({
  options: { pictures: { type: 'boolean', default: false } },
  allowPositionals: true,
});
process.env['BROWSERS'] = positionals.join(',');
assertInstalled(chosenEngines());

if (values.pictures) await takePictures();
else {
  const files = ['journeys', 'back', 'restored-tabs', 'accessibility'].map((name) =>
    join(import.meta.dirname, `${name}.test.ts`),
  );
  // One after the other: a browser that waits for its turn looks like one that hangs.
  const results = run({ files, concurrency: 1 });
  results.on('test:fail', () => {
    process.exitCode = 1;
  });
  pipeline(results, new spec(), process.stdout, () => {});
}
