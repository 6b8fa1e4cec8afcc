import type { RequestHandler, Response } from 'express';

type Json = Record<string, unknown>;

/** Switches for the local provider's faults; healthy until a test says otherwise. */
export interface ProviderFaults {
  /** For the provider's option `intercept`. */
  readonly intercept: RequestHandler;
  /** How many requests have come to a path, since the last `reset`. */
  count(path: '/token' | '/token/revocation' | '/me' | '/jwks' | '/.well-known/openid-configuration'): number;
  /** Sets the fault that requests to `path` meet from now on; undefined: none. */
  on(path: string, fault: RequestHandler | undefined): void;
  /** Healthy again, with counts at zero. */
  reset(): void;
}

export function createProviderFaults(): ProviderFaults {
  const counts = new Map<string, number>();
  const faults = new Map<string, RequestHandler>();
  return {
    intercept: (req, res, next) => {
      counts.set(req.path, (counts.get(req.path) ?? 0) + 1);
      const fault = faults.get(req.path);
      if (fault) fault(req, res, next);
      else next();
    },
    count: (path) => counts.get(path) ?? 0,
    on: (path, fault) => {
      if (fault) faults.set(path, fault);
      else faults.delete(path);
    },
    reset: () => {
      counts.clear();
      faults.clear();
    },
  };
}

/** Gives a made-up answer. */
export function answering(status: number, body: unknown, headers: Record<string, string> = {}): RequestHandler {
  return (_req, res) => {
    if (typeof body === 'string') res.status(status).set(headers).type('html').send(body);
    else res.status(status).set(headers).json(body);
  };
}

/** Cuts the connection before anything is done. */
export const dropping: RequestHandler = (req) => {
  req.socket.destroy();
};

/** The provider does its work, but its answer is changed. */
export function rewriting(change: (body: Json) => Json | Promise<Json>): RequestHandler {
  return (_req, res, next) => {
    onEnd(res, async (end, body) => {
      const text = JSON.stringify(await change(JSON.parse(body) as Json));
      res.removeHeader('content-length');
      end(text);
    });
    next();
  };
}

/** The provider does its work; its answer waits until `gate` opens. */
export function holding(gate: Promise<unknown>): RequestHandler {
  return (_req, res, next) => {
    onEnd(res, async (end, body) => {
      await gate;
      end(body);
    });
    next();
  };
}

function onEnd(res: Response, handle: (end: (body: string) => void, body: string) => Promise<void>): void {
  const end = res.end.bind(res) as (body: string) => Response;
  res.end = ((body?: Buffer | string) => {
    void handle((text) => void end(text), body?.toString() ?? '');
    return res;
  }) as Response['end'];
}

/** A promise that a test fulfils. */
export function createGate(): { opened: Promise<void>; open(): void } {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
