import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';

const HEADER = 'X-Request-Id';

/** The id of a request: the host's (`req.id`, or the header `X-Request-Id` of its answer), else one made now. */
export function requestIdOf(req: Request, res: Response): string {
  const { id } = req as { id?: unknown };
  const own = [res.getHeader(HEADER), id].find((value) => typeof value === 'string');
  if (own !== undefined) return own as string;
  const made = randomUUID();
  if (!res.headersSent) res.setHeader(HEADER, made);
  return made;
}
