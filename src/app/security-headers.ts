import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

export interface SecurityHeaderOptions {
  /** Whether browsers reach the app by https. */
  readonly https: boolean;
  /** Whether HSTS also covers every name below the app's. */
  readonly includeSubDomains: boolean;
  /** Origin of the OpenID provider: forms may end in a redirect there, pictures may come from it. */
  readonly providerOrigin: string;
}

/** CSP without inline code, no sniffing, no framing; HSTS where the app is on https. */
export function securityHeaders(options: SecurityHeaderOptions): RequestHandler {
  // The same for every request: helmet makes them once.
  const headers = headersOf(helmetOptions(options));
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}

/** What the headers are to say, for helmet. */
export function helmetOptions({ https, includeSubDomains, providerOrigin }: SecurityHeaderOptions): HelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        // Chrome applies form-action to the redirects after a form, too.
        formAction: ["'self'", providerOrigin],
        frameAncestors: ["'none'"],
        // Profile pictures are wherever the provider keeps them.
        imgSrc: ["'self'", 'data:', 'https:', providerOrigin],
        objectSrc: ["'none'"],
        ...(https && { upgradeInsecureRequests: [] }),
      },
    },
    strictTransportSecurity: https && { maxAge: 31_536_000, includeSubDomains },
    // With no-referrer browsers would send "Origin: null" on our own forms.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  };
}

type Header = readonly [name: string, value: string];

/** What helmet writes on every answer. */
function headersOf(options: HelmetOptions): readonly Header[] {
  const written: Header[] = [];
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  res.setHeader = (name, value) => {
    written.push([name, String(value)]);
    return res;
  };
  helmet(options)(req, res, (error?: unknown) => {
    if (error) throw error as Error;
  });
  return written;
}
