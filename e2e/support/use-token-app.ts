import { beforeEach } from 'node:test';
import { startTokenApp, type TokenApp } from './token-app.ts';
import { useApp } from './use-app.ts';

/** A `TokenApp` by `useApp`. Every test begins with a healthy provider that has reported nothing. */
export function useTokenApp(kind: 'Redis' | 'cookie'): TokenApp {
  const app = useApp(kind, startTokenApp);
  beforeEach(() => {
    app.faults.reset();
    app.events.length = 0;
  });
  return app;
}
