import type { Request } from 'express';
import type { ApiConfig } from '../../program/api-config.ts';
import { isLoopback } from '../config/common-config.ts';

/**
 * Makes a request say the URL at which clients reach this server: DPoP proofs are made for it (RFC 9449
 * section 4.3), and express-oauth2-jwt-bearer builds it from headers that any client can set. It is that of the
 * configuration, or what a trusted proxy says (`TRUST_PROXY`); on this machine every name of it counts. A path in
 * the configured URL is one that a proxy takes off on the way here.
 */
export function presentPublicUrl(req: Request, { publicUrl }: Pick<ApiConfig, 'publicUrl'>): void {
  const { protocol, host } = publicUrlOf(req, publicUrl);
  Object.defineProperty(req, 'protocol', { value: protocol.replace(/:$/, '') });
  req.headers.host = host;
  delete req.headers['x-forwarded-host'];
  req.originalUrl = publicUrl.pathname.replace(/\/$/, '') + req.originalUrl;
}

function publicUrlOf(req: Request, configured: URL): { protocol: string; host: string } {
  const trusts = req.app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean;
  // Express gives `host` from X-Forwarded-Host where the proxy is trusted.
  if (req.get('x-forwarded-host') && trusts(req.socket.remoteAddress, 0)) {
    return { protocol: req.protocol, host: req.host };
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
