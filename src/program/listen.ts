import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate, setTimeout as delay } from 'node:timers/promises';

/** Thrown when a server cannot use its port or address; the message says what to do. */
export class CannotListenError extends Error {
  constructor(options: ListenOptions, cause: NodeJS.ErrnoException) {
    super(`The ${options.name} cannot start: ${reason(options, cause)}`, { cause });
    this.name = 'CannotListenError';
  }
}

function reason(
  { port, host, hostFrom = '', variable }: ListenOptions,
  { code, message }: NodeJS.ErrnoException,
): string {
  const another = `choose another with ${variable}, such as ${variable}=${port + 100}`;
  if (code === 'EADDRINUSE') {
    const isAirPlay = process.platform === 'darwin' && (port === 5000 || port === 7000);
    const who = isAirPlay
      ? 'on macOS usually by the AirPlay Receiver (System Settings, General, AirDrop & Handoff)'
      : 'by another program';
    return `port ${port} is taken, ${who}; ${another}.`;
  }
  if (code === 'EACCES') return `this user may not use port ${port}; ${another}.`;
  const remedy = 'unset HOST, which some shells set, or write HOST=0.0.0.0 for all interfaces';
  return `HOST=${host ?? ''}${hostFrom} is not an address of this machine (${message}); ${remedy}.`;
}

/** Something that runs and can be stopped. */
export interface Running {
  /** Keeps serving, but asks for no new traffic, so that a load balancer drops it; resolves when it is time to stop. */
  drain?(): Promise<void>;
  /** Resolves when everything has ended in order. */
  stop(): Promise<void>;
}

export interface ListenOptions {
  /** What people call this server. */
  readonly name: string;
  readonly port: number;
  /** The variable that chooses the port. */
  readonly variable: string;
  readonly host: string | undefined;
  /** Where `HOST` came from, as words to put after its value. */
  readonly hostFrom?: string;
  /** How long requests in flight may still take after `stop()`. */
  readonly shutdownTimeoutSeconds: number;
  /** How long `drain()` takes; default 0. */
  readonly shutdownDelaySeconds?: number;
  /** How long a connection without requests is kept; default 65. */
  readonly keepAliveSeconds?: number;
}

/**
 * Accepts connections. After `drain()` it still does, but closes each after its next request. `stop()` refuses new
 * ones, lets requests in flight finish, and cuts off what is left after `shutdownTimeoutSeconds`. The host `localhost`
 * means both of its addresses, if the machine has both. @throws CannotListenError
 */
export async function listen(app: RequestListener, options: ListenOptions): Promise<Running> {
  if (options.host !== 'localhost') return listenAt(app, options);
  const first = await listenAt(app, { ...options, host: '127.0.0.1' });
  const second = await listenAt(app, { ...options, host: '::1' }).catch(async (error: CannotListenError) => {
    const { code } = error.cause as NodeJS.ErrnoException;
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return undefined;
    await first.stop();
    throw error;
  });
  return together(second ? [first, second] : [first]);
}

async function listenAt(app: RequestListener, options: ListenOptions): Promise<Running> {
  const handle: RequestListener = (req, res) => {
    // RFC 9112 section 3.2 demands the 400. Node's own would lack our headers.
    if (req.headers.host === undefined && req.httpVersion === '1.1') res.writeHead(400, HEADERS).end();
    else app(req, res);
  };
  // Sessions in cookies take up to 12 kB, and other programs on the same host may have set cookies, too.
  const server = createServer({ maxHeaderSize: 32 * 1024, requireHostHeader: false }, handle);
  // A proxy that keeps connections for 60 s must never use one that we are just closing.
  const { keepAliveSeconds = 65 } = options;
  server.keepAliveTimeout = keepAliveSeconds * 1000;
  server.headersTimeout = (Math.max(keepAliveSeconds, 65) + 1) * 1000;
  server.on('clientError', answerUnreadable);
  // Node's own 417 would lack the app's headers. We may ignore an unknown expectation (RFC 9110 section 10.1.1).
  server.on('checkExpectation', handle);
  try {
    server.listen({ port: options.port, ...(options.host && { host: options.host }) });
    await once(server, 'listening');
  } catch (error) {
    throw new CannotListenError(options, error as NodeJS.ErrnoException);
  }
  return {
    drain: async () => {
      closeAfterEachRequest(server);
      await delay((options.shutdownDelaySeconds ?? 0) * 1000);
    },
    stop: () => close(server, options.shutdownTimeoutSeconds),
  };
}

/** Combines several running parts into one, which drains and stops them all at once. */
export function together(parts: readonly Running[]): Running {
  return {
    drain: async () => void (await Promise.all(parts.map(async (part) => part.drain?.()))),
    stop: async () => void (await Promise.all(parts.map((part) => part.stop()))),
  };
}

/** Sets the header before the app runs: the app may answer at once, and then it would be too late. */
function closeAfterEachRequest(server: Server): void {
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'));
}

/** Answers requests that Node cannot read. The app never sees them, but the answer still has security headers. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  // Like Node itself, never write into the middle of the previous request's answer.
  if ((socket as { _httpMessage?: ServerResponse | null })._httpMessage?.headersSent) return void socket.destroy();
  const status = STATUS_OF_FAULT[error.code ?? ''] ?? 400;
  const lines = Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', ''].join('\r\n'));
}

const HEADERS = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
  'Content-Length': '0',
  Connection: 'close',
} as const;

const STATUS_OF_FAULT: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/**
 * Resolves once the server has taken everything that has arrived. Connections not yet accepted, and requests not yet
 * read on idle connections, would be reset when the server closes. After a busy time those may be many.
 */
async function takeWhatWaits(server: Server): Promise<void> {
  let taken = 0;
  const count = () => void (taken += 1);
  server.on('connection', count).on('request', count);
  // Each turn of the event loop reads what is there; the first may have begun already. Do not wait for a flood to end.
  for (let quiet = 0, turns = 0; quiet < 2 && turns < 100; turns += 1) {
    const before = taken;
    await setImmediate();
    quiet = taken === before ? quiet + 1 : 0;
  }
  server.off('connection', count).off('request', count);
}

async function close(server: Server, timeoutSeconds: number): Promise<void> {
  const closed = once(server, 'close');
  // A kept-alive connection that becomes idle from now on need not wait for another request.
  closeAfterEachRequest(server);
  await takeWhatWaits(server);
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutSeconds * 1000);
  server.close();
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
