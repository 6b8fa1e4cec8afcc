import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import express from 'express';
import { type StaticFiles, createStaticFiles } from './static-files.ts';

async function cacheControl(assets: StaticFiles, ...paths: string[]): Promise<(string | null)[]> {
  const server = express().use(assets.serve).listen(0);
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const answers = await Promise.all(paths.map((path) => fetch(url + path)));
  server.closeAllConnections();
  server.close();
  return answers.map(({ headers }) => headers.get('cache-control'));
}

describe('assets', () => {
  it('are named by their content in production, and kept for a year under that name only', async () => {
    const assets = createStaticFiles({ production: true });
    const styles = assets.url('/styles.css');
    assert.match(styles, /^\/styles\.css\?v=[\w-]{12}$/);
    assert.equal(assets.url('/nothing.css'), '/nothing.css');
    const hour = 'public, max-age=3600';
    assert.deepEqual(await cacheControl(assets, styles, '/styles.css?v=older', '/styles.css'), [
      ...['public, max-age=31536000, immutable', hour, hour],
    ]);
  });

  it('are asked for each time in development', async () => {
    const assets = createStaticFiles({ production: false });
    assert.equal(assets.url('/styles.css'), '/styles.css');
    assert.deepEqual(await cacheControl(assets, '/styles.css'), ['public, max-age=0']);
  });
});
