import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readEnvFile } from './env-file.ts';

function read(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-env-'));
  try {
    writeFileSync(join(folder, '.env'), text);
    const { values, cut } = readEnvFile(join(folder, '.env'));
    return { values, cut: [...cut] };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('is empty where there is no file', () => {
  assert.deepEqual(readEnvFile(join(tmpdir(), 'no-such-folder', '.env')).values, {});
});

for (const line of [
  'A=secret#more',
  'A=#secret',
  'A= secret#more # a comment',
  'export A=secret#',
  'A=it"s#more',
  'A=https://id.example.com/#/realms',
]) {
  it(`tells that ${line} is cut off`, () => {
    assert.deepEqual(read(`B=1\n# C=x#y\n${line}\n`).cut, ['A']);
  });
}

for (const [line, value] of [
  ['A=secret            # a comment', 'secret'],
  ['A= # a comment', ''],
  ['#A=secret#more', undefined],
  ['A="secret#more"', 'secret#more'],
  ["A='secret#more' # a comment#", 'secret#more'],
  ['A="secret"#more', 'secret'],
  ['A="one\n#two"', 'one\n#two'],
] as const) {
  it(`takes ${JSON.stringify(line)} as it is`, () => {
    const { values, cut } = read(`${line}\nB=1`);
    assert.deepEqual(cut, []);
    assert.deepEqual(values, { ...(value !== undefined && { A: value }), B: '1' });
  });
}
