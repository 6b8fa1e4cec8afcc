import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { waitFor } from './wait-for.ts';

/** Begins a request: the web app on `port` has taken its head, and `finish` sends its form. */
export async function begunRequest(port: number): Promise<ClientRequest> {
  // The server says `100 Continue` once it has taken the request.
  const headers = { expect: '100-continue', 'content-type': 'application/x-www-form-urlencoded', 'content-length': 3 };
  const begun = request(`http://localhost:${port}/api-call/refresh`, { method: 'POST', headers });
  begun.flushHeaders();
  await once(begun, 'continue');
  return begun;
}

/** Sends the rest of the request and returns the status. */
export async function finish(begun: ClientRequest): Promise<number | undefined> {
  begun.end('a=b');
  const [response] = (await once(begun, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

/** Resolves once nobody on `port` serves new connections. */
export function servesNoMore(port: number): Promise<void> {
  const ask = () => fetch(`http://localhost:${port}/health`, { signal: AbortSignal.timeout(500) });
  return waitFor('no new connections', () =>
    ask().then(
      () => false,
      () => true,
    ),
  );
}
