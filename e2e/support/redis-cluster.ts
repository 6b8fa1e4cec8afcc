import { waitFor } from './wait-for.ts';
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { clusterPorts } from './ports.ts';
import { type Program, startProgram } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Asks a Redis on loopback through redis-cli, which comes with the server. */
export function redisCli(port: number, ...words: string[]): string {
  return execFileSync('redis-cli', ['-h', '127.0.0.1', '-p', String(port), ...words], { encoding: 'utf8' });
}

/** Starts a Redis server with these options in its own folder; waits until it accepts connections. */
export async function startRedisNode(
  port: number,
  options: readonly string[] = [],
): Promise<Program & { remove(): Promise<void> }> {
  const dir = temporaryFolder('redis');
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  const program = startProgram('redis-server', [...common, ...options]);
  await waitFor('redis ready', () => /Ready to accept connections/i.test(program.output()));
  return {
    ...program,
    remove: async () => {
      program.process.kill('SIGKILL');
      await program.ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Starts three masters and joins them with Redis's own tool. */
export async function startRedisCluster(
  beforeStart: (url: string) => void = () => {},
): Promise<{ url: string; stop(): Promise<void> }> {
  const ports = await clusterPorts(3);
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  const url = `redis+cluster://${addresses.join(',')}`;
  beforeStart(url);
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const nodes = await Promise.all(ports.map((port) => startRedisNode(port, options)));
  const [first = 0] = ports;
  redisCli(first, '--cluster', 'create', ...addresses, '--cluster-yes');
  await waitFor('the cluster', () =>
    ports.every((port) => redisCli(port, 'CLUSTER', 'INFO').includes('cluster_state:ok')),
  );
  return {
    url,
    stop: async () => {
      await Promise.all(nodes.map((node) => node.remove()));
    },
  };
}
