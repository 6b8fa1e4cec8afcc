import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { it } from 'node:test';
import dotenv from 'dotenv';
import { readWebConfig } from '../../src/program/web-config.ts';
import { startProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SECRET = 'the-client-secret-that-nobody-shall-see-on-a-screen';

/** The Auth0 CLI needs an account and the internet. This program answers as the CLI does, and notes its arguments. */
const STAND_IN = `#!${process.execPath}
const { appendFileSync } = require('node:fs');
const [noun] = process.argv.slice(2);
appendFileSync('asked.txt', process.argv.slice(2).join(' ') + '\\n');
console.log(JSON.stringify(noun === 'tenants'
  ? [{ name: 'other.us.auth0.com', active: false }, { name: 'mine.eu.auth0.com', active: true }]
  : { client_id: 'J2xQ0fPq1kYb3mRz', client_secret: '${SECRET}' }));
`;

function folderWithCli(): { cwd: string; env: Record<string, string> } {
  const cwd = temporaryFolder('setup');
  const bin = join(cwd, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'auth0'), STAND_IN);
  chmodSync(join(bin, 'auth0'), 0o755);
  return { cwd, env: { PATH: [bin, process.env['PATH']].join(delimiter) } };
}

const setUp = (where: { cwd: string; env: Record<string, string> }) =>
  startProgram(process.execPath, [resolve('dist/setup-auth0.js')], where);

it('registers the app with its exact URLs, writes a usable .env and prints no secret', async () => {
  const where = folderWithCli();
  const program = setUp(where);
  assert.equal(await program.ended, 0, program.output());
  assert.doesNotMatch(program.output(), new RegExp(SECRET));

  const file = join(where.cwd, '.env');
  const config = readWebConfig(dotenv.parse(readFileSync(file)));
  assert.equal(config.issuer, 'https://mine.eu.auth0.com');
  assert.ok(config.door.secrets[0] && !program.output().includes(config.door.secrets[0]));
  if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(
    readFileSync(join(where.cwd, 'asked.txt'), 'utf8'),
    /--callbacks http:\/\/localhost:5000\/callback --logout-urls http:\/\/localhost:5000 --web-origins http:\/\/localhost:5000/,
  );
});

it('leaves an .env that exists alone', async () => {
  const where = folderWithCli();
  writeFileSync(join(where.cwd, '.env'), 'PORT=1\n');
  const program = setUp(where);
  assert.equal(await program.ended, 1);
  assert.match(program.output(), /\.env already exists/);
  assert.equal(readFileSync(join(where.cwd, '.env'), 'utf8'), 'PORT=1\n');
});
