import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { startFaultServer } from '../support/fault-server.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram, startServer } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const IDP = {
  ISSUER_BASE_URL: 'http://localhost:1',
  AUTH0_CLIENT_ID: 'client',
  AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
  AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
};
const linesOf = (variables: Record<string, string>, newline = '\n') =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${value}${newline}`)
    .join('');

/** Starts `dist/<name>.js` in its own folder, with this `.env`. */
function startWith(name: string, file: string | Buffer | undefined, env: Record<string, string> = {}): Program {
  const cwd = temporaryFolder('env');
  if (file === undefined) mkdirSync(join(cwd, '.env'));
  else writeFileSync(join(cwd, '.env'), file);
  return startProgram(process.execPath, [resolve(`dist/${name}.js`)], { env, cwd });
}

/** Returns what the program says as it refuses to start. */
async function refusal(name: string, file: string | Buffer | undefined, env: Record<string, string> = {}) {
  const program = startWith(name, file, env);
  const timer = setTimeout(() => program.process.kill('SIGKILL'), 10_000);
  const code = await program.ended;
  clearTimeout(timer);
  assert.equal(code, 1, program.output());
  assert.doesNotMatch(program.output(), /^ +at /m);
  return program.output();
}

describe('.env', () => {
  const bigEndian = (text: string) => Buffer.from(text, 'utf16le').swap16();
  for (const [how, encode] of [
    ['UTF-8 with a byte order mark and CRLF', (text: string) => `\u{FEFF}${text.replaceAll('\n', '\r\n')}`],
    ['UTF-16 as PowerShell writes it', (text: string) => Buffer.from(`\u{FEFF}${text}`, 'utf16le')],
    ['UTF-16 without a mark', (text: string) => Buffer.from(text, 'utf16le')],
    ['UTF-16, big endian', (text: string) => bigEndian(`\u{FEFF}${text}`)],
  ] as const) {
    it(`is read in ${how}: the provider that it names is used, and no other`, async (t) => {
      const [port = 0] = await freePorts(1);
      // The provider is on the first line, the one that a byte order mark would spoil.
      const program = startWith('main', encode(linesOf({ ...IDP, PORT: String(port) })));
      t.after(() => program.stop());
      await waitFor('the welcome', () => /Ctrl-C stops everything/.test(program.output()));
      assert.match(program.output(), /Provider +http:\/\/localhost:1$/m);
    });
  }

  it('that is a folder, or no text, is told in one line', async () => {
    assert.match(await refusal('main', undefined), /^ {2}\.env is a folder; /m);
    assert.match(await refusal('main', Buffer.from([65, 61, 66, 0, 0, 0, 10])), /^ {2}\.env is not a text file; /m);
  });

  it('a secret that is cut off at a "#" is told, and not shown', async () => {
    const secret = 'the-first-part#the-second-part-which-nobody-reads';
    const output = await refusal('web', linesOf({ ...IDP, AUTH0_SECRET: secret, OTHER: 'a#b' }));
    assert.equal(output.trim().split('\n').length, 2, output);
    assert.match(output, /^ {2}AUTH0_SECRET in \.env is cut off at its "#".*put the value in quotes/m);
    assert.doesNotMatch(output, /the-first-part|the-second-part/);
  });
});

describe('variables that others set', () => {
  it('quotes that Docker keeps are told for every variable', async () => {
    const quoted = Object.fromEntries(Object.entries({ ...IDP, PORT: '5000' }).map(([k, v]) => [k, `"${v}"`]));
    const output = await refusal('web', '', quoted);
    for (const name of Object.keys(quoted)) {
      assert.match(output, new RegExp(`^ {2}${name} in the environment has quotes around it.*take them off$`, 'm'));
    }
    for (const value of Object.values(IDP)) assert.ok(!output.includes(value), value);
  });

  const LINK = 'tcp://10.96.3.7:6060';

  it('what Kubernetes sets for Services named api and provider is no matter to the web app', async (t) => {
    const [port = 0] = await freePorts(1);
    const env = { ...IDP, PORT: String(port), API_PORT: LINK, PROVIDER_PORT: LINK };
    const alone = await startServer('web', env);
    t.after(() => alone.stop());
    const [another = 0] = await freePorts(1);
    const calls = { AUTH0_AUDIENCE: 'https://api.example.com', API_SERVER_URL: 'http://api:6060' };
    const calling = await startServer('web', { ...env, ...calls, PORT: String(another) });
    t.after(() => calling.stop());
  });

  for (const [program, name, more] of [
    ['api', 'API_PORT', {}],
    ['web', 'API_PORT', {}],
    ['web', 'METRICS_PORT', {}],
    ['provider', 'PROVIDER_PORT', {}],
  ] as const) {
    it(`${program}: ${name} of Kubernetes is told where it is needed`, async () => {
      const output = await refusal(program, '', {
        ...IDP,
        AUTH0_AUDIENCE: 'https://api.example.com',
        [name]: LINK,
        ...more,
      });
      assert.match(
        output,
        new RegExp(`^ {2}${name} in the environment is .*Kubernetes.* enableServiceLinks: false`, 'm'),
      );
    });
  }

  it('a proxy in lower case is told by the name that was written', async () => {
    const output = await refusal('web', '', { ...IDP, https_proxy: 'gopher://proxy.example.com' });
    assert.match(output, /^ {2}HTTPS_PROXY \(https_proxy\) in the environment is not the URL of a proxy; /m);
  });

  it('HOST of a shell is told with where it came from', async () => {
    const host = 'x86_64-conda-linux-gnu';
    const [PORT = ''] = (await freePorts(1)).map(String);
    const fromShell = await refusal('web', '', { ...IDP, PORT, HOST: host });
    assert.match(fromShell, /^The web app cannot start: HOST=x86_64-conda-linux-gnu in the environment .*unset HOST/m);
    assert.match(await refusal('web', linesOf({ ...IDP, PORT, HOST: host })), /HOST=x86_64-conda-linux-gnu in \.env /);
  });

  it('a problem says whether its value came from .env or from the environment', async () => {
    const file = linesOf({ ...IDP, LOG_LEVEL: 'loud', PORT: '5000', AUTH0_CLIENT_ID: 'client' });
    const output = await refusal('web', file, { PORT: 'x', NODE_ENV: 'prod', AUTH0_CLIENT_ID: '' });
    assert.match(output, /^ {2}LOG_LEVEL in \.env is not one of/m);
    assert.match(output, /^ {2}NODE_ENV in the environment is not one of/m);
    assert.match(output, /^ {2}PORT in the environment, which wins over \.env, is not/m);
    assert.match(output, /^ {2}AUTH0_CLIENT_ID \(empty in the environment, which wins over \.env\) is not set/m);
  });
});

it('an issuer that is of many tenants is refused, and told what to write', async (t) => {
  const provider = await startFaultServer();
  t.after(() => provider.stop());
  const issuer = `${provider.url}/{tenant}/v2.0`;
  const endpoint = `${provider.url}/any`;
  const document = { issuer, authorization_endpoint: endpoint, token_endpoint: endpoint, jwks_uri: endpoint };
  provider.answer((_req, res) => res.setHeader('content-type', 'application/json').end(JSON.stringify(document)));
  const [port = 0] = await freePorts(1);
  const said = await refusal('web', linesOf({ ...IDP, ISSUER_BASE_URL: provider.url, PORT: String(port) }));
  assert.match(said, /^ {2}ISSUER_BASE_URL is of many tenants: .*\{tenant\}.*; write the issuer of one tenant$/m);
});
