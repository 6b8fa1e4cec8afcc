import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import express, { type Request, type Response } from 'express';
import type { StaticFiles } from '../app/app-parts.ts';
import { securityHeaders } from '../app/security-headers.ts';
import { createStaticFiles } from './static-files.ts';
import { temporaryFolder } from '../../e2e/support/temporary-folder.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function ask(files: StaticFiles, ...paths: string[]): Promise<Answer[]> {
  return send(files, ...paths.map((path) => [path, {}] as const));
}

async function send(files: StaticFiles, ...requests: (readonly [string, RequestInit])[]): Promise<Answer[]> {
  const headers = securityHeaders({
    https: true,
    includeSubDomains: false,
    providerOrigin: 'https://provider.example',
  });
  const server = express().use(headers, files.serve).listen(0);
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const answers = await Promise.all(
    requests.map(async ([path, init]) => {
      const response = await fetch(url + path, init);
      return { status: response.status, headers: response.headers, text: await response.text() };
    }),
  );
  server.closeAllConnections();
  server.close();
  return answers;
}

const cacheControls = (answers: Answer[]) => answers.map(({ headers }) => headers.get('cache-control'));
const statuses = (answers: Answer[]) => answers.map(({ status }) => status);

/** Makes a folder with `/a.css` and these files. */
function folderOf(...names: string[]): string {
  const folder = temporaryFolder('public');
  mkdirSync(join(folder, 'below'));
  for (const name of ['a.css', ...names]) writeFileSync(join(folder, name), '0123456789');
  return folder;
}

describe('files', () => {
  it('are named by their content in production, and kept for a year under that name only', async () => {
    const files = createStaticFiles({ production: true });
    const styles = files.url('/styles.css');
    assert.match(styles, /^\/styles\.css\?v=[\w-]{12}$/);
    assert.equal(files.url('/nothing.css'), '/nothing.css');
    const hour = 'public, max-age=3600';
    assert.deepEqual(cacheControls(await ask(files, styles, '/styles.css?v=older', '/styles.css')), [
      ...['public, max-age=31536000, immutable', hour, hour],
    ]);
  });

  it('are asked for each time in development', async () => {
    const files = createStaticFiles({ production: false });
    assert.equal(files.url('/styles.css'), '/styles.css');
    assert.deepEqual(cacheControls(await ask(files, '/styles.css')), ['public, max-age=0']);
  });

  for (const production of [true, false]) {
    const kind = production ? 'production' : 'development';

    it(`are found in ${kind} whatever they are called, and nothing else is`, async () => {
      const files = createStaticFiles({ production }, folderOf('a b.css', 'below/licence'));
      const paths = ['/a.css', '/a%20b.css', '/below/licence', '/below', '/b.css', '/%', '/..%2fa.css'];
      assert.deepEqual(statuses(await ask(files, ...paths)), [200, 200, 200, 404, 404, 404, 404]);
    });

    it(`are asked about in parts and on conditions in ${kind}, by GET and HEAD only`, async () => {
      const files = createStaticFiles({ production }, folderOf());
      const [first] = await ask(files, '/a.css');
      const etag = first?.headers.get('etag') ?? '';
      const answers = await send(
        files,
        // Without a Cache-Control of ours, fetch would add no-cache.
        ['/a.css', { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } }],
        ['/a.css', { headers: { range: 'bytes=2-4' } }],
        ['/a.css', { method: 'HEAD' }],
        ['/a.css', { method: 'POST' }],
      );
      assert.deepEqual(statuses(answers), [304, 206, 200, 404]);
      assert.equal(answers[1]?.text, '234');
    });

    it(`are told from pages in ${kind} without asking the disk`, () => {
      let isPassedOn = false;
      const req = { method: 'GET', path: '/profile', url: '/profile' } as Request;
      void createStaticFiles({ production }, folderOf()).serve(req, {} as Response, () => {
        isPassedOn = true;
      });
      // With a look at the disk, the call would have come later.
      assert.ok(isPassedOn);
    });
  }

  it('carry of the security headers what means something for them; documents all', async () => {
    const files = createStaticFiles({ production: true }, folderOf('a.html', 'a.svg'));
    const [page, ...others] = await ask(files, '/a.html', '/a.svg', '/a.css');
    const security = /^(content-security|cross|origin|referrer|strict|x-(?!powered))/;
    const namesOf = (answer?: Answer) => [...(answer?.headers.keys() ?? [])].filter((name) => security.test(name));
    assert.equal(namesOf(page).length, 12);
    assert.match(page?.headers.get('content-security-policy') ?? '', /^default-src 'self'/);
    for (const answer of others) {
      const policies = ['cross-origin-resource-policy', 'referrer-policy', 'strict-transport-security'];
      assert.deepEqual(namesOf(answer), ['content-security-policy', ...policies, 'x-content-type-options']);
      const csp = answer.headers.get('content-security-policy') ?? '';
      assert.match(csp, /^default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/);
    }
  });

  it('are served without a restart where they are new, in development only', async () => {
    const folder = folderOf();
    const [development, production] = [false, true].map((kind) => createStaticFiles({ production: kind }, folder));
    assert.ok(development && production);
    writeFileSync(join(folder, 'new.css'), 'new');
    assert.equal((await ask(development, '/new.css'))[0]?.text, 'new');
    assert.deepEqual(statuses(await ask(production, '/new.css')), [404]);
  });
});
