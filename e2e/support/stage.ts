import type { RequestListener } from 'node:http';
import type { Running } from '../../src/program/listen.ts';
import { type FaultServer, startFaultServer } from './fault-server.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { startTokenApp, type TokenApp } from './token-app.ts';

/** The real parts in the test's own process. Each can be made to fail, which brings pages into their states. */
export interface Stage {
  readonly app: TokenApp;
  /** Stands between the web app and the real API. */
  readonly api: FaultServer;
  readonly redis: RedisServer;
  /** Makes everything healthy again. */
  reset(): void;
  stop(): Promise<void>;
}

export async function startStage(): Promise<Stage> {
  const redis = await startRedis();
  const api = await startFaultServer();
  const app = await startTokenApp({ API_SERVER_URL: api.url, REDIS_URL: redis.url });
  const realApi: Running = await app.startApi();
  const forward = forwardingTo(`http://localhost:${app.env['API_PORT']}`);
  const reset = () => {
    app.faults.reset();
    api.answer(forward);
  };
  reset();
  return {
    app,
    api,
    redis,
    reset,
    stop: async () => {
      await app.stop();
      await Promise.all([realApi.stop(), api.stop(), redis.stop()]);
    },
  };
}

function forwardingTo(url: string): RequestListener {
  return async (req, res) => {
    const { authorization = '', accept = '' } = req.headers;
    const answer = await fetch(url + req.url, { headers: { authorization, accept } });
    res.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  };
}
