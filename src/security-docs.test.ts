import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { it } from 'node:test';

it('docs/security.md names code and tests that are there', () => {
  const text = readFileSync('docs/security.md', 'utf8');
  const paths = [...text.matchAll(/`((?:src|e2e)\/[\w./-]+)`/g)].map(([, path]) => path ?? '');
  assert.ok(paths.length > 50);
  assert.deepEqual(
    paths.filter((path) => !existsSync(path)),
    [],
  );
});
