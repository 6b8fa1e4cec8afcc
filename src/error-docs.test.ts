import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { ERRORS_PAGE, errorDocs } from './error-docs.ts';
import { EVERY_ERROR } from './program/every-error.ts';

it('docs/errors.md is what the catalogue says; if not: npm run docs', () => {
  assert.equal(readFileSync(ERRORS_PAGE, 'utf8'), errorDocs());
});

it('every entry says what happened, why and what to do, in whole sentences', () => {
  for (const [code, { title, message, causes, remedy, status }] of Object.entries(EVERY_ERROR)) {
    assert.ok(title.length < 60 && !title.endsWith('.'), code);
    assert.ok(/[.}]$/.test(message) && remedy.endsWith('.'), code);
    assert.ok(causes.length > 0 && causes.every((cause) => /[.…]$/.test(cause) || cause.endsWith('reason.')), code);
    assert.ok(status >= 400 && status < 600, code);
  }
});
