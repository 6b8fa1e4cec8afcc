import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { readEnvFile } from './env-file.ts';
import { temporaryFolder } from '../../e2e/support/temporary-folder.ts';

function read(text: string) {
  const file = join(temporaryFolder('env'), '.env');
  writeFileSync(file, text);
  const { values, cut } = readEnvFile(file);
  return { values, cut: [...cut] };
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
  'A="secret#more',
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
