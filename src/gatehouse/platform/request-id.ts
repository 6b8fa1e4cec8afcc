import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { LogFields } from './events.ts';

const REQUEST_ID = 'X-Request-Id';
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** The id of a request: the host's (`req.id`, or the header `X-Request-Id` of its answer), else one made now. */
export function requestIdOf(req: Request, res: Response): string {
  const header = res.getHeader(REQUEST_ID);
  if (typeof header === 'string') return header;
  const { id } = req as { id?: unknown };
  if (typeof id === 'string') return id;
  const made = randomUUID();
  if (!res.headersSent) res.setHeader(REQUEST_ID, made);
  return made;
}

/** A request's trace, from its `traceparent` (W3C Trace Context section 3.2); undefined without one. */
export function traceIdOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

/** What names a request in the log. */
export function aboutRequest(req: Request): Pick<LogFields, 'request_id' | 'trace_id'> {
  const trace_id = traceIdOf(req);
  // Left out, not undefined: a tracer may have given the logger one.
  return { request_id: req.res && requestIdOf(req, req.res), ...(trace_id && { trace_id }) };
}
