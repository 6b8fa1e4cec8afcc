import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';

/** An HTTP server that answers as the test says: for answers that no healthy server gives. */
export interface FaultServer {
  readonly url: string;
  /** Every request so far. */
  readonly requests: readonly IncomingMessage[];
  answer(listener: RequestListener): void;
  stop(): Promise<void>;
}

export async function startFaultServer(): Promise<FaultServer> {
  const requests: IncomingMessage[] = [];
  let listener: RequestListener = (_req, res) => res.end();
  const server = createServer((req, res) => {
    requests.push(req);
    listener(req, res);
  }).listen(0);
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as { port: number }).port}`,
    requests,
    answer: (next) => {
      requests.length = 0;
      listener = next;
    },
    stop: async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}
