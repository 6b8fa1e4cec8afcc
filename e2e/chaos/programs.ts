import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';

const WEB_PROCESSES = 3;

/** A program that can be ended and started again, on the same port. */
export interface Restartable {
  readonly name: string;
  readonly url: string;
  start(): Promise<void>;
  /** Resolves with the exit code when the program has ended. */
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null>;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
}

export type Programs = Awaited<ReturnType<typeof createPrograms>>;

/**
 * Redis with its persistence, the local provider, and three web processes that share both.
 * `onCrash` is told of a program that ended by itself, `onRotation` of each step in changing the secret.
 */
export async function createPrograms(onCrash: (what: string) => void, onRotation: () => void) {
  const [redisPort = 0, providerPort = 0, ...webPorts] = await freePorts(2 + WEB_PROCESSES);
  // Also the working directory of the programs, so that no `.env` is read.
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-chaos-'));
  const running = new Set<Program>();

  function restartable(
    name: string,
    url: string,
    ready: RegExp,
    command: string[],
    envAtStart: () => Record<string, string> = () => ({}),
  ): Restartable {
    const [file = '', ...args] = command;
    let program: Program;
    let isTold = false;
    return {
      name,
      url,
      start: async () => {
        isTold = false;
        const started = (program = startProgram(file, args, { env: envAtStart(), cwd: dir }));
        running.add(started);
        void started.ended.then(() => {
          running.delete(started);
          if (!isTold) onCrash(`${name} ended by itself:\n${started.output().slice(-2000)}`);
        });
        await waitFor(`${name} ready`, () => ready.test(started.output()) || !running.has(started));
      },
      end: (signal) => {
        isTold = true;
        program.process.kill(signal);
        return program.ended;
      },
      signal: (signal) => void program.process.kill(signal),
    };
  }

  const env = {
    HOST: '127.0.0.1',
    PROVIDER_PORT: String(providerPort),
    ISSUER_BASE_URL: `http://localhost:${providerPort}`,
    AUTH0_CLIENT_ID: 'gatehouse-chaos',
    AUTH0_CLIENT_SECRET: 'client-secret-of-the-chaos-test-and-of-nobody-else',
    AUTH0_REDIRECT_URI: `http://localhost:${webPorts[0]}/callback`,
    AUTH0_AUDIENCE: 'https://api.gatehouse.test',
    REDIS_URL: `redis://127.0.0.1:${redisPort}`,
    // Short enough that sessions are touched several times in a run, long enough that none ends by itself.
    SESSION_ROLLING_SECONDS: '60',
  };
  const secretOf = createRotation(onRotation);
  const server = (name: string, file: string, port: number, more = {}) => {
    const command = [process.execPath, resolve('dist', file)];
    const own = () => ({ ...env, PORT: String(port), AUTH0_SECRET: secretOf(name), ...more });
    return restartable(name, `http://localhost:${port}`, / ready on /, command, own);
  };
  const provider = server('provider', 'provider.js', providerPort);
  const webs = webPorts.map((port, n) => server(`web ${n + 1}`, 'web.js', port, { NODE_ENV: 'production' }));
  const redis = restartable('redis', env.REDIS_URL, /Ready to accept connections/i, [
    ...['redis-server', '--port', String(redisPort), '--bind', '127.0.0.1', '--dir', dir, '--save', ''],
    // What Redis acknowledged is on disk: if a killed Redis loses a session, the fault is ours.
    ...['--appendonly', 'yes', '--appendfsync', 'always'],
  ]);
  return {
    redis,
    webs,
    startAll: async () => void (await Promise.all([redis, provider, ...webs].map((one) => one.start()))),
    /** Ends every process at once, whatever state it is in. */
    killAll: () => {
      for (const { process } of running) process.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * Gives each program the `AUTH0_SECRET` to start with: that of the current step in changing the secret. The next step
 * begins once all web processes have started in this one. No secret is ever removed: no session of a run is that old.
 */
function createRotation(onStep: () => void) {
  const secret = (n: number) => `session-secret-${n}-of-the-chaos-test-and-of-nobody-else`;
  const known = (step: number) => Array.from({ length: Math.floor(step / 2) + 1 }, (_, n) => secret(n)).reverse();
  // 0; 0,1; 1,0; 1,0,2; 2,1,0; …
  const secretsAt = (step: number) => [...known(step), ...(step % 2 ? [secret(Math.ceil(step / 2))] : [])].join(',');
  let step = 0;
  let there = new Set<string>();
  return (name: string): string => {
    if (there.size === WEB_PROCESSES) {
      step += 1;
      there = new Set();
      onStep();
    }
    if (name.startsWith('web')) there.add(name);
    return secretsAt(step);
  };
}

/** Whether the process says within `ms` that it can serve (`/ready`). */
export async function isReadyWithin(web: Restartable, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await delay(50)) {
    const answer = fetch(`${web.url}/ready`, { signal: AbortSignal.timeout(2000) });
    if (await answer.then(({ ok }) => ok).catch(() => false)) return true;
  }
  return false;
}
