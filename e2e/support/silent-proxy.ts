import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Stands between a client and a server on this machine. */
export interface SilentProxy {
  readonly port: number;
  /** From now on nothing passes on the open connections, and neither side is told; new connections work. */
  silence(): void;
  /** From now on new connections lead to another port; the open ones stay where they are. */
  leadTo(port: number): void;
  /** How many connections were made so far. */
  connections(): number;
  stop(): Promise<void>;
}

/** Loses connections as a host that vanishes or a firewall that forgets does: with neither FIN nor RST. */
export async function startSilentProxy(firstPort: number): Promise<SilentProxy> {
  let targetPort = firstPort;
  const pairs: [Socket, Socket][] = [];
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    pairs.push([near, far]);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    silence: () => {
      for (const [near, far] of pairs) {
        for (const socket of [near, far]) socket.unpipe().resume();
      }
    },
    leadTo: (port) => (targetPort = port),
    connections: () => pairs.length,
    stop: async () => {
      for (const socket of pairs.flat()) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
