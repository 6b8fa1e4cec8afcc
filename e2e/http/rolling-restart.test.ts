import assert from 'node:assert/strict';
import { Agent, type IncomingMessage, request } from 'node:http';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { isOnPath } from '../support/find-tools.ts';
import { LOAD_BALANCERS, SERVED_BY, startLoadBalancer } from '../support/load-balancer.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startServer } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import { AWAY_ENV } from '../support/client-env.ts';

const ENV = {
  ...AWAY_ENV,
  LOG_LEVEL: 'info',
  // Four times as long as the load balancer needs to notice.
  SHUTDOWN_DELAY_SECONDS: '1',
};
const PER_SECOND = 200;

/** Public pages, and a form without a session, which the app refuses. No proxy repeats a POST by itself. */
const REQUESTS = [
  { method: 'GET', path: '/health', expected: 200 },
  { method: 'POST', path: '/api-call/refresh', expected: 403 },
  { method: 'GET', path: '/styles.css', expected: 200 },
] as const;

/** Sends requests at a steady rate until `stop`, whatever becomes of earlier ones; `stop` tells what went wrong. */
function startTraffic(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const outcomes: Promise<string | undefined>[] = [];
  let servers = new Set<string>();
  const send = async ({ method, path, expected }: (typeof REQUESTS)[number]) => {
    try {
      const sent = request(url + path, { method, agent });
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      await response.resume().toArray();
      const { statusCode, headers } = response;
      servers.add(String(headers[SERVED_BY]));
      return statusCode === expected ? undefined : `${method} ${path}: ${statusCode}`;
    } catch (error) {
      return `${method} ${path}: ${String(error)}`;
    }
  };
  const begun = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - begun) / 1000) * PER_SECOND;
    while (outcomes.length < due) {
      const next = REQUESTS[outcomes.length % REQUESTS.length];
      if (next) outcomes.push(send(next));
    }
  }, 5);
  return {
    /** Resolves once the server on `port` has answered again. */
    reaches: async (port: number) => {
      servers = new Set();
      await waitFor(`answers from ${port}`, () => servers.has(`127.0.0.1:${port}`));
    },
    sent: () => outcomes.length,
    stop: async () => {
      clearInterval(timer);
      const lost = (await Promise.all(outcomes)).filter((outcome) => outcome !== undefined);
      agent.destroy();
      return lost;
    },
  };
}

describe('three web processes are restarted one after the other', () => {
  for (const name of LOAD_BALANCERS) {
    it(`behind ${name}, ${PER_SECOND} requests a second: none is lost`, async (t) => {
      if (!isOnPath(name)) return t.skip(`${name} is not on this machine`);
      const ports = await freePorts(3);
      const start = (port: number) => startServer('web', { ...ENV, PORT: String(port) });
      const programs = new Map<number, Program>();
      t.after(() => Promise.all([...programs.values()].map((program) => program.stop())));
      for (const port of ports) programs.set(port, await start(port));
      const balancer = await startLoadBalancer(name, ports);
      t.after(() => balancer.stop());
      await waitFor('the first answer', async () => (await fetch(`${balancer.url}/health`)).ok);

      const traffic = startTraffic(balancer.url);
      for (const port of ports) {
        assert.equal(await programs.get(port)?.stop(), 0);
        programs.set(port, await start(port));
        await traffic.reaches(port);
      }
      const sent = traffic.sent();
      assert.deepEqual(await traffic.stop(), [], `of ${sent}`);
      t.diagnostic(`${sent} requests, none lost`);
    });
  }
});
