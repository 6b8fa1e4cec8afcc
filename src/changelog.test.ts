import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const { version, files } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string; files: string[] };

describe('CHANGELOG.md', () => {
  const [, ...releases] = readFileSync('CHANGELOG.md', 'utf8').split(/^## /m);
  const titles = releases.map((release) => release.split('\n', 1)[0] ?? '');

  it('has an entry for the version of package.json, or what is not released yet', () => {
    const isCurrent = (title: string) => title === '[Unreleased]' || title.startsWith(`[${version}] - `);
    assert.ok(titles.some(isCurrent), `neither [Unreleased] nor [${version}] among: ${titles.join(', ')}`);
  });

  it('has the form of Keep a Changelog', () => {
    for (const title of titles) assert.match(title, /^\[(Unreleased\]|\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d)$/);
    for (const release of releases) {
      const parts = [...release.matchAll(/^### (.+)$/gm)].map(([, part = '']) => part);
      const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
      assert.deepEqual(
        parts,
        known.filter((part) => parts.includes(part)),
        'each kind of change once, in this order',
      );
      for (const entries of release.split(/^### .+$/m).slice(1)) assert.match(entries, /^\n+- /);
    }
  });
});

it('the package brings its licence, and what is to be read before an update', () => {
  for (const file of ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md']) assert.ok(files.includes(file), file);
});
