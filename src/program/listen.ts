import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** Thrown when a server cannot have its port or address; the message says what to do. */
export class CannotListenError extends Error {
  constructor(options: ListenOptions, cause: NodeJS.ErrnoException) {
    super(`The ${options.name} cannot start: ${reason(options, cause)}`, { cause });
    this.name = 'CannotListenError';
  }
}

function reason({ port, host, variable }: ListenOptions, { code, message }: NodeJS.ErrnoException): string {
  const another = `choose another with ${variable}, such as ${variable}=${port + 100}`;
  if (code === 'EADDRINUSE') {
    const isAirPlay = process.platform === 'darwin' && (port === 5000 || port === 7000);
    const who = isAirPlay
      ? 'on macOS usually by the AirPlay Receiver (System Settings, General, AirDrop & Handoff)'
      : 'by another program';
    return `port ${port} is taken, ${who}; ${another}.`;
  }
  if (code === 'EACCES') return `this user may not use port ${port}; ${another}.`;
  return `it cannot bind HOST=${host ?? ''} (${message}); leave HOST out for all interfaces.`;
}

/** Something that runs and can be stopped. */
export interface Running {
  /** Resolves when all is ended in order. */
  stop(): Promise<void>;
}

export interface ListenOptions {
  /** What a person calls this server. */
  readonly name: string;
  readonly port: number;
  /** The variable that chooses the port. */
  readonly variable: string;
  readonly host: string | undefined;
  /** How long requests in flight may take after `stop()`. */
  readonly shutdownTimeoutSeconds: number;
}

/**
 * Accepts connections. `stop()` refuses new ones, lets requests in flight finish and cuts off what is left
 * after `shutdownTimeoutSeconds`.
 * @throws CannotListenError
 */
export async function listen(app: RequestListener, options: ListenOptions): Promise<Running> {
  // Sessions in cookies take up to 12 kB, beside what other programs on the same host left in the browser.
  const server = createServer({ maxHeaderSize: 32 * 1024 }, app);
  // A proxy that keeps connections for 60 s must never meet one that we are just closing.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 66_000;
  try {
    server.listen({ port: options.port, ...(options.host && { host: options.host }) });
    await once(server, 'listening');
  } catch (error) {
    throw new CannotListenError(options, error as NodeJS.ErrnoException);
  }
  return { stop: () => close(server, options.shutdownTimeoutSeconds) };
}

async function close(server: Server, timeoutSeconds: number): Promise<void> {
  const closed = once(server, 'close');
  // A kept-alive connection that becomes idle from now on has nothing more to wait for.
  // Before the app, which may answer at once: then it is too late for a header.
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'));
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const deadline = setTimeout(() => server.closeAllConnections(), timeoutSeconds * 1000);
  server.close();
  await closed;
  clearInterval(sweep);
  clearTimeout(deadline);
}
