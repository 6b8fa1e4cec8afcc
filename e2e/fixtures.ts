import { expect, test as base } from 'playwright/test';
import { type Stack, startStack } from './support/stack.ts';
import { type Stage, startStage } from './support/stage.ts';

export { expect };

export interface WorkerOptions {
  /** Whether sessions live in Redis. */
  redis: boolean;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** The app under test: started here, or the deployed one of `E2E_BASE_URL`. */
export interface Target {
  readonly url: string;
  readonly user: Credentials;
  /** Undefined for a deployed app. */
  readonly stack: Stack | undefined;
}

export const test = base.extend<object, WorkerOptions & { target: Target; stage: Stage }>({
  stage: [
    async ({}, use) => {
      const stage = await startStage();
      await use(stage);
      await stage.stop();
    },
    { scope: 'worker' },
  ],
  redis: [false, { option: true, scope: 'worker' }],
  target: [
    async ({ redis }, use) => {
      const { E2E_BASE_URL: url, E2E_USERNAME: username = '', E2E_PASSWORD: password = '' } = process.env;
      if (url) {
        if (!username || !password) throw new Error('E2E_BASE_URL needs E2E_USERNAME and E2E_PASSWORD');
        await use({ url: new URL(url).origin, user: { username, password }, stack: undefined });
        return;
      }
      const stack = await startStack({ redis });
      await use({ url: stack.webUrl, user: { username: 'alice', password: 'password' }, stack });
      await stack.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ target }, use) => use(target.url),
  context: async ({ context }, use) => {
    const failures: Error[] = [];
    context.on('weberror', (failure) => failures.push(failure.error()));
    await use(context);
    expect(failures.map(String), 'scripts of pages that failed').toEqual([]);
  },
});
