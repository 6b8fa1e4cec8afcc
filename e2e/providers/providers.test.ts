import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Browser, Page } from 'playwright';
import { launchChromium } from '../support/find-tools.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram, startServer } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { glewlwyd } from './glewlwyd.ts';
import { lemonLdapNg } from './lemonldap-ng.ts';
import { auth0Simulator, betterAuth, oauth2MockServer } from './of-npm.ts';
import { CLIENT, type ProviderKind, type Surroundings } from './provider-kind.ts';

const KINDS: readonly ProviderKind[] = [lemonLdapNg, glewlwyd, betterAuth, oauth2MockServer, auth0Simulator];

let redis: RedisServer;
let browser: Browser;
before(async () => {
  redis = await startRedis();
  browser = await launchChromium();
});
after(async () => {
  await browser.close();
  await redis.stop();
});

for (const kind of KINDS) {
  const missing = kind.missing();
  describe(kind.name, { skip: missing && `needs ${missing}` }, () => {
    let surroundings: Surroundings;
    let env: Record<string, string>;
    let programs: Program[] = [];
    let page: Page;
    before(async () => {
      const [port = 0, webPort = 0, apiPort = 0] = await freePorts(3);
      const appUrl = `http://localhost:${webPort}`;
      surroundings = { port, appUrl, dir: mkdtempSync(join(tmpdir(), 'gatehouse-provider-')) };
      const provider = await kind.start(surroundings);
      programs = [provider];
      env = {
        ...{ PORT: String(webPort), API_PORT: String(apiPort), REDIS_URL: redis.url },
        ...{ AUTH0_CLIENT_ID: CLIENT.id, AUTH0_CLIENT_SECRET: CLIENT.secret, AUTH0_REDIRECT_URI: `${appUrl}/callback` },
        ...{ AUTH0_SECRET: 'a-session-secret-of-the-tests-and-of-nobody-else' },
        ...{ AUTH0_AUDIENCE: 'https://api.example', ...kind.env(surroundings) },
      };
      programs.push(await startServer('web', env), await startServer('api', env));
      page = await browser.newPage({ ignoreHTTPSErrors: true });
      page.setDefaultTimeout(10_000);
      // The only thing that a login page here asks the internet for.
      await page.route('https://cdn.auth0.com/**', (route) =>
        route.fulfill({ path: join(import.meta.dirname, 'node_modules/auth0-js/dist/auth0.min.js') }),
      );
    });
    after(async () => {
      await page.close();
      for (const program of programs.toReversed()) await program.stop();
      rmSync(surroundings.dir, { recursive: true, force: true });
    });

    /** Throws again, with what the page shows and what the programs wrote. */
    async function told(error: unknown): Promise<never> {
      const shown = `${page.url()}\n${await page.locator('body').innerText()}`;
      throw new Error([shown, ...programs.map((one) => one.output().slice(-2000))].join('\n\n'), { cause: error });
    }

    const json = async (path: string) =>
      page.evaluate(async (address) => {
        const answer = await fetch(address, { headers: { accept: 'application/json' } });
        return { status: answer.status, body: (await answer.json()) as Record<string, never> };
      }, path);

    it('is told by doctor that logins can work', async () => {
      const doctor = startProgram(process.execPath, ['dist/doctor.js'], { env });
      assert.equal(await doctor.ended, 0, doctor.output());
    });

    it('signs somebody in, who comes back to the page that was asked for', async () => {
      await page.goto(`${surroundings.appUrl}/profile?from=here`);
      await kind.signIn?.(page).catch(told);
      await page.waitForURL(`${surroundings.appUrl}/profile?from=here`).catch(told);
      const { user } = (await json('/profile')).body;
      for (const [name, value] of Object.entries(kind.claims)) assert.equal(user?.[name], value, name);
    });

    it('renews the tokens', async () => {
      const answer = await page.evaluate(async () => {
        const response = await fetch('/api-call/refresh', { method: 'POST', headers: { accept: 'application/json' } });
        return { status: response.status, text: await response.text() };
      });
      assert.equal(answer.status, kind.refresh.status, answer.text);
      const { api } = JSON.parse(answer.text) as { api?: { status: number } };
      assert.equal(api?.status, kind.refresh.api, answer.text);
      assert.equal((await json('/profile')).status, 200);
    });

    it('signs out, and comes back to the app', async () => {
      await page.goto(`${surroundings.appUrl}/profile`);
      await page.getByRole('link', { name: 'Sign out' }).first().click();
      if (kind.logout !== 'asks') await page.waitForURL(`${surroundings.appUrl}/`).catch(told);
      await page.goto(`${surroundings.appUrl}/`);
      assert.equal((await json('/profile')).status, 401);
      if (kind.logout !== 'ends its session') return;
      await page.goto(`${surroundings.appUrl}/profile`);
      assert.equal(new URL(page.url()).port, String(surroundings.port));
    });
  });
}
