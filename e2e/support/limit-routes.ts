import type { RequestHandler } from 'express';
import type { Route } from '../../src/app/routes.ts';
import type { TestParts } from './app.ts';

/** What JSON cannot hold, by field name. */
export const NOT_JSON: Readonly<Record<string, unknown>> = {
  greet: () => 'hello',
  total: 10n,
  seats: new Map([['a', 1]]),
};

/** Routes of a host app that saves too much, or what cannot be kept. They let pass what `save` throws. */
export function limitRoutes({ door }: TestParts): readonly Route[] {
  const get = (path: string, handler: RequestHandler): Route => {
    return { method: 'get', path: `/test/${path}`, access: door.signedIn, handlers: [handler] };
  };
  /** Saves, and then notes at once which fields the session has. */
  const saving = (changesOf: (parameter: string) => Record<string, unknown>): RequestHandler => {
    return async (req, res) => {
      const session = door.session(req);
      try {
        await session?.save(changesOf(String(req.params['what'])));
      } finally {
        res.set('x-data', JSON.stringify(Object.keys(session?.data ?? {})));
      }
      res.json('saved');
    };
  };
  return [
    get(
      'keep/:what',
      saving((what) => ({ kept: what })),
    ),
    get(
      'fill/:what',
      saving((length) => ({ fine: 1, filler: 'x'.repeat(Number(length)) })),
    ),
    get(
      'not-json/:what',
      saving((what) => ({ fine: 1, [what]: [NOT_JSON[what]] })),
    ),
    get('data', (req, res) => void res.json(door.session(req)?.data)),
  ];
}
