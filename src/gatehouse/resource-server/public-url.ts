import type { Request } from 'express';
import { isLoopback } from '../config/common-config.ts';

/**
 * The request as its client sent it, with `authorization` for its Authorization header; `req` itself stays as it is.
 * DPoP proofs are made for the URL at which clients reach this server (RFC 9449 section 4.3), and
 * express-oauth2-jwt-bearer builds that from headers that any client can set. Here it is that of the configuration, or
 * what a trusted proxy says (Express's "trust proxy"); on this machine every name of it counts. A path in
 * `configured` is one that a proxy takes off on the way here.
 */
export function publicRequest(req: Request, configured: URL, authorization: string): Request {
  const { protocol, host } = publicUrlOf(req, configured);
  const { 'x-forwarded-host': _host, ...headers } = req.headers;
  return Object.create(req, {
    headers: { value: { ...headers, host, authorization } },
    protocol: { value: protocol.replace(/:$/, '') },
    originalUrl: { value: configured.pathname.replace(/\/$/, '') + req.originalUrl },
    auth: { value: undefined, writable: true },
  }) as Request;
}

function publicUrlOf(req: Request, configured: URL): { protocol: string; host: string } {
  const trusts = req.app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean;
  // Several proxies write a list; the first of it is what the client asked for.
  const [forwarded = ''] = (req.get('x-forwarded-host') ?? '').split(',');
  if (forwarded.trim() && trusts(req.socket.remoteAddress, 0)) {
    return { protocol: req.protocol, host: forwarded.trim() };
  }
  const asked = `http://${req.get('host') ?? ''}`;
  if (isLoopback(configured) && URL.canParse(asked)) {
    const url = new URL(asked);
    if (isLoopback(url) && url.port === configured.port) {
      return { protocol: configured.protocol, host: url.host };
    }
  }
  return configured;
}
