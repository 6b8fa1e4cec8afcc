import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const text = readFileSync('docs/security.md', 'utf8');

/** The paths in a text, each with the titles that are quoted after it. */
function citations(cell: string): { readonly path: string; readonly titles: readonly string[] }[] {
  const found = cell.matchAll(/`((?:src|e2e|views|public)\/[\w./-]+)`((?::? ?“[^”]+”,?)*)/g);
  return [...found].map(([, path = '', quoted = '']) => ({
    path,
    titles: [...quoted.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
  }));
}

/** The text of a test file without its comments: its titles, and the tables that titles are made from. */
function wordsOf(path: string): string {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line)).join('\n');
}

const [, requirements = ''] = text.split('## Requirement, code, test');
const rows = requirements
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .filter(([first = '']) => first !== 'requirement' && !first.startsWith('**'));

describe('docs/security.md', () => {
  it('names files that are there', () => {
    const paths = citations(text).map(({ path }) => path);
    assert.ok(paths.length > 100);
    assert.deepEqual(
      paths.filter((path) => !existsSync(path)),
      [],
    );
  });

  it('quotes titles that the tests have', () => {
    const quoted = rows.flatMap(([, , tests = '']) => citations(tests));
    for (const { path, titles } of quoted) {
      assert.match(path, /\.(test|spec|suite)\.ts$/);
      const words = wordsOf(path);
      for (const title of titles) assert.ok(words.includes(title), `${path} has no “${title}”`);
    }
  });

  it('has a test for each requirement that is met, and a reason for each that is not', () => {
    assert.ok(rows.length > 50);
    for (const [requirement = '', code = '', tests = '', ...more] of rows) {
      assert.deepEqual(more, [], requirement);
      if (/^(not met|out of scope|a document): .{10,}/.test(tests)) continue;
      assert.ok(citations(code).length > 0, `${requirement}: no code`);
      const cited = citations(tests);
      assert.ok(cited.length > 0 && cited.every(({ titles }) => titles.length > 0), `${requirement}: no test`);
    }
  });
});

it('the lock has exact versions with hashes and no addresses; strangers get ranges, tools are exact', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { integrity?: string; resolved?: string; hasInstallScript?: boolean; dev?: boolean }>;
  };
  const others = Object.entries(packages).filter(([name]) => name !== '');
  assert.deepEqual(
    others.filter(([, { integrity, resolved }]) => !integrity?.startsWith('sha512-') || resolved !== undefined),
    [],
  );
  assert.deepEqual(
    others.filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev).map(([name]) => name),
    [],
  );
  const own = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, string>>;
  for (const [name, range] of Object.entries(own['dependencies'] ?? {})) assert.match(range, /^\^\d/, name);
  for (const [name, version] of Object.entries(own['devDependencies'] ?? {})) assert.match(version, /^\d/, name);
});
