import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './ports.ts';
import { type Program, startProgram } from './program.ts';
import { waitFor } from './wait-for.ts';

/** A Redis server of a test's own, on a free port, with nothing on disk to begin with. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly program: Program;
  stop(): Promise<void>;
}

export async function startRedis(port?: number): Promise<RedisServer> {
  const [free] = await freePorts(1);
  const used = port ?? free ?? 0;
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
  const program = startProgram('redis-server', [
    ...['--port', String(used), '--bind', '127.0.0.1', '--dir', dir],
    ...['--save', '', '--appendonly', 'no'],
  ]);
  await waitFor('redis ready', () => /Ready to accept connections/i.test(program.output()));
  return {
    url: `redis://127.0.0.1:${used}`,
    port: used,
    program,
    stop: async () => {
      await program.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
