import { rmSync } from 'node:fs';
import { freePorts } from './ports.ts';
import { type Program, startProgram } from './program.ts';
import { waitFor } from './wait-for.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A Redis server of a test's own, on a free port, with nothing on disk to begin with. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** Where it stores its data; the next `startRedis` that is given this folder reads it. */
  readonly dir: string;
  readonly program: Program;
  /** Makes it hang: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it as a crash would. What is on disk stays until `stop`. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  readonly port?: number;
  readonly dir?: string;
  /** Words of redis-server's command line, such as `--maxmemory`, `1mb`. */
  readonly options?: readonly string[];
  /** What it has to have written before the test may go on. */
  readonly isReady?: RegExp;
}

/** Starts redis-server on loopback. A number is the port. */
export async function startRedis(given: number | RedisOptions = {}): Promise<RedisServer> {
  const asked = typeof given === 'number' ? { port: given } : given;
  const { options = [], isReady = /Ready to accept connections/i } = asked;
  const port = asked.port ?? (await freePorts(1))[0] ?? 0;
  const dir = asked.dir ?? temporaryFolder('redis');
  const program = startProgram('redis-server', [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', dir],
    ...['--save', '', '--appendonly', 'no', '--enable-debug-command', 'local', ...options],
  ]);
  await waitFor('redis ready', () => isReady.test(program.output()));
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    program.process.kill(signal);
    // A process that hangs hears the signal only when it goes on.
    program.process.kill('SIGCONT');
    await program.ended;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    dir,
    program,
    pause: () => void program.process.kill('SIGSTOP'),
    resume: () => void program.process.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
