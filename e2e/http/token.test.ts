import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';

describe('npm run token', () => {
  let env: Record<string, string>;
  let stack: Program;
  before(async () => {
    const [web, provider, api] = (await freePorts(3)).map(String) as [string, string, string];
    env = { PORT: web, PROVIDER_PORT: provider, API_PORT: api };
    stack = startProgram(process.execPath, ['dist/main.js'], { env });
    await waitFor('the welcome', () => /Ctrl-C stops everything/.test(stack.output()));
  });
  after(() => stack.stop());

  const token = async (...args: string[]) => {
    const program = startProgram(process.execPath, ['dist/token.js', ...args], { env });
    return { code: await program.ended, output: program.output() };
  };

  it('prints a token of the user with the scopes that were asked for, and curl lines that work', async () => {
    const { code, output } = await token('--user', 'bob', '--scope', 'read:messages');
    assert.equal(code, 0, output);
    const lines = [...output.matchAll(/^ {2}curl -H "Authorization: (Bearer \S+)" (\S+)$/gm)];
    const statuses: Record<string, number> = {};
    for (const [, authorization = '', url = ''] of lines) {
      statuses[new URL(url).pathname] = (await fetch(url, { headers: { authorization } })).status;
    }
    assert.deepEqual(statuses, {
      '/api/private': 200,
      '/api/private-scoped': 200,
      '/api/messages/admin': 403,
    });
  });

  it('names the demo users where it does not know one', async () => {
    const { code, output } = await token('--user', 'nobody');
    assert.equal(code, 1);
    assert.match(output, /alice, bob, carol, dave/);
  });
});

it('npm run token says what to start where nothing runs', async () => {
  const [port] = (await freePorts(1)).map(String) as [string];
  const program = startProgram(process.execPath, ['dist/token.js'], { env: { PROVIDER_PORT: port } });
  assert.equal(await program.ended, 1);
  assert.match(program.output(), /Start it first: npm start/);
});
