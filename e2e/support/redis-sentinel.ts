import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from './ports.ts';
import { startProgram } from './program.ts';
import { redisCli, startRedisNode } from './redis-cluster.ts';
import { waitFor } from './wait-for.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** A master, its replica, and three sentinels that watch them. */
export interface RedisSentinel {
  readonly url: string;
  /** Kills the master; resolves when the sentinels have made the replica the master. */
  killMaster(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedisSentinel(beforeStart: (url: string) => void = () => {}): Promise<RedisSentinel> {
  const [master = 0, replica = 0, ...sentinels] = await freePorts(5);
  const url = `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(',')}/main`;
  beforeStart(url);
  const masterNode = await startRedisNode(master);
  const replicaNode = await startRedisNode(replica, ['--replicaof', `127.0.0.1 ${master}`]);
  await waitFor('replication', () => redisCli(replica, 'INFO', 'replication').includes('master_link_status:up'));

  const dir = temporaryFolder('sentinel');
  const programs = sentinels.map((port) => {
    const file = join(dir, `${port}.conf`);
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor main 127.0.0.1 ${master} 2`,
      'sentinel down-after-milliseconds main 500',
      'sentinel failover-timeout main 5000',
    ];
    writeFileSync(file, lines.join('\n'));
    return startProgram('redis-server', [file, '--sentinel']);
  });
  const masterPort = (port: number) => redisCli(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'main').split('\n')[1];
  await waitFor('the sentinels to know each other and the replica', () =>
    sentinels.every((port) => {
      const about = redisCli(port, 'SENTINEL', 'MASTER', 'main').split('\n');
      const valueOf = (name: string) => about[about.indexOf(name) + 1];
      return valueOf('num-other-sentinels') === '2' && valueOf('num-slaves') === '1';
    }),
  );
  return {
    url,
    killMaster: async () => {
      masterNode.process.kill('SIGKILL');
      await masterNode.ended;
      await waitFor('the failover', () => sentinels.every((port) => masterPort(port) === String(replica)));
    },
    stop: async () => {
      for (const program of programs) program.process.kill('SIGKILL');
      await Promise.all(programs.map((program) => program.ended));
      await Promise.all([masterNode.remove(), replicaNode.remove()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
