import type { RequestHandler } from 'express';
import helmet from 'helmet';

export interface SecurityHeaderOptions {
  /** Whether browsers reach the app by https. */
  readonly https: boolean;
  /** Origin of the OpenID provider: forms may end in a redirect there, pictures may come from it. */
  readonly providerOrigin: string;
}

/** CSP without inline code, no sniffing, no framing; HSTS where the app is on https. */
export function securityHeaders({ https, providerOrigin }: SecurityHeaderOptions): RequestHandler {
  return helmet({
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
    strictTransportSecurity: https && { maxAge: 31_536_000 },
    // With no-referrer browsers would send "Origin: null" on our own forms.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
}
