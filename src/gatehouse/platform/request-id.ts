import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';

const REQUEST_ID = 'X-Request-Id';
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-|$)/;

/** The id of a request: the host's (`req.id`, or the header `X-Request-Id` of its answer), else one made now. */
export function requestIdOf(req: Request, res: Response): string {
  const { id } = req as { id?: unknown };
  const own = [res.getHeader(REQUEST_ID), id].find((value) => typeof value === 'string');
  if (own !== undefined) return own;
  const made = randomUUID();
  if (!res.headersSent) res.setHeader(REQUEST_ID, made);
  return made;
}

/** The trace that a request is part of, by its `traceparent` (W3C Trace Context section 3.2); undefined without one. */
export function traceIdOf({ headers }: Pick<Request, 'headers'>): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}

/** What names a request in the log. */
export function aboutRequest(req: Request) {
  return { request_id: req.res && requestIdOf(req, req.res), trace_id: traceIdOf(req) };
}
