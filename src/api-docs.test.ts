import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { API_PAGE, apiDocs, declarations, docsOf, membersOf } from './api-docs.ts';
import { EVERY_ERROR } from './program/every-error.ts';

/** Types of TypeScript and Express. */
const OF_OTHERS = [
  ...['Date', 'Error', 'Partial', 'Pick', 'Promise', 'Readonly', 'Record'],
  ...['ErrorRequestHandler', 'Request', 'RequestHandler', 'Response'],
];

describe('docs/api-reference.md', () => {
  const page = apiDocs();
  const surface = [...declarations()];
  const documented = surface.flatMap(([name, node]) => [
    [name, docsOf(node)] as const,
    ...membersOf(node).map((member) => [`${name}.${member.name.getText()}`, docsOf(member)] as const),
  ]);

  it('is what the docstrings say; if not: npm run docs', () => {
    assert.equal(readFileSync(API_PAGE, 'utf8'), page);
  });

  it('has words for every export and each of its members', () => {
    const isPlain = (name: string) => /^Logger\.(debug|info|warn|error)$/.test(name);
    const mute = documented.filter(([name, { text }]) => text === '' && !isPlain(name));
    assert.deepEqual(
      mute.map(([name]) => name),
      [],
    );
    assert.ok(documented.length > 80, `${documented.length} exports and members`);
  });

  it('says with each code that is thrown its status, that of the catalogue', () => {
    const told = documented.flatMap(([, { throws }]) => throws).join('\n');
    const codes = [...told.matchAll(/\[([A-Z_]+)\]\(errors\.md#[a-z_]+\)(?: \((\d+)\))?/g)];
    assert.ok(codes.length > 20, told);
    for (const [, code = '', status] of codes) {
      assert.equal(Number(status), EVERY_ERROR[code as keyof typeof EVERY_ERROR].status, code);
    }
    // A code that is not in the catalogue gets no link, so none may be without one.
    assert.deepEqual(told.match(/(?<![[`\w])[A-Z]+_[A-Z_]+\b(?!\])/g), null);
  });

  it('speaks of no type that is not exported', () => {
    const known = new Set([...surface.map(([name]) => name), ...OF_OTHERS]);
    const signatures = [...page.matchAll(/```ts\n(.+)\n```|^- \*\*`[^`]+`\*\* · \[?`([^`]+)`/gm)];
    assert.ok(signatures.length > 80, `${signatures.length} signatures`);
    const named = signatures.flatMap(([, block = '', type = '']) => (block + type).match(/\b[A-Z]\w+/g) ?? []);
    assert.deepEqual(
      named.filter((name) => !known.has(name)),
      [],
    );
  });

  it('leads to what is there', () => {
    const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
    const anchors = headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    assert.equal(new Set(anchors).size, anchors.length, 'two headings have one anchor');
    const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => link);
    for (const link of links.filter((one) => !one.startsWith('https://www.rfc-editor.org/rfc/rfc'))) {
      const [file = '', anchor] = link.split('#');
      if (file === '') assert.ok(anchors.includes(anchor ?? ''), link);
      else assert.ok(existsSync(join(API_PAGE, '..', file)), link);
    }
  });
});
