import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** A proxy as companies have them: the only way to hosts that nobody else can resolve. */
export interface ForwardProxy {
  readonly url: string;
  /** `GET http://host/path` or `CONNECT host:443`, in the order in which they came. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

/** `hosts`: the ports of this machine that stand in for hosts. `credentials`: the `user:password` that it wants. */
export async function startForwardProxy(
  hosts: Readonly<Record<string, number>>,
  { credentials }: { credentials?: string } = {},
): Promise<ForwardProxy> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const wanted = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url}`);
    if (wanted && req.headers['proxy-authorization'] !== wanted) return void res.writeHead(407).end();
    const target = new URL(req.url ?? '');
    const port = hosts[target.hostname];
    if (port === undefined) return void res.writeHead(502).end();
    const { method, headers } = req;
    const path = target.pathname + target.search;
    const forwarded = request({ host: 'localhost', port, method, path, headers }, (answer) => {
      answer.pipe(res.writeHead(answer.statusCode ?? 502, answer.headers));
    });
    forwarded.on('error', () => res.destroy());
    req.pipe(forwarded);
  });
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.on('connect', (req, near: Socket) => {
    requests.push(`CONNECT ${req.url}`);
    if (wanted && req.headers['proxy-authorization'] !== wanted) {
      return void near.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    }
    const port = hosts[req.url?.split(':')[0] ?? ''];
    if (port === undefined) return void near.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const far = connect(port, 'localhost', () => {
      near.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      near.pipe(far).pipe(near);
    });
    sockets.add(far);
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    requests,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
