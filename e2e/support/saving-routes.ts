import type { RequestHandler } from 'express';
import type { Route } from '../../src/app/routes.ts';
import type { TestParts } from './app.ts';
import type { HttpClient } from './http-client.ts';

/** Plain strings to TypeScript: an app that declares what its sessions hold (`SessionData`) does not know these. */
const [SLOW, LATE]: readonly [string, string] = ['x_slow', 'x_late'];

/** Holds a request in its handler until the test lets it go. */
function createLatch() {
  let arrive = () => {};
  let release = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { arrived, release: () => release(), hold: () => (arrive(), released) };
}

/** Routes of a host app that saves its own data in sessions. */
export function createSavingRoutes() {
  let latch = createLatch();
  let lateSave: Promise<string> | undefined;

  const routes = ({ door, inside }: TestParts): readonly Route[] => {
    const get = (path: string, handler: RequestHandler): Route => {
      return { method: 'get', path: `/test/${path}`, access: door.signedIn, handlers: [handler] };
    };
    return [
      get('slow', async (req, res) => {
        const session = door.session(req);
        await latch.hold();
        await session?.save({ [SLOW]: 1 });
        res.send('slow');
      }),
      get('refresh', async (req, res) => {
        await inside.visits.session(req)?.change((content) => {
          Object.assign(content, { access_token: 'new-at', refresh_token: 'new-rt' });
        });
        res.send('refreshed');
      }),
      get('tokens', (req, res) => {
        const { access_token, refresh_token } = inside.visits.session(req)?.content ?? {};
        res.json([access_token, refresh_token]);
      }),
      get('set/:field', async (req, res) => {
        await door.session(req)?.save({ [`x_${req.params['field'] as string}`]: 1 });
        res.send('set');
      }),
      get('unset/:field', async (req, res) => {
        await door.session(req)?.save({ [`x_${req.params['field'] as string}`]: undefined });
        res.json(Object.keys(door.session(req)?.data ?? {}));
      }),
      get('set-ten/:from', async (req, res) => {
        const fields = Array.from({ length: 10 }, (_, n) => `x_${Number(req.params['from']) + n}`);
        await Promise.all(fields.map(async (field) => door.session(req)?.save({ [field]: 1 })));
        res.json(Object.keys(door.session(req)?.data ?? {}));
      }),
      get('fields', (req, res) => void res.json(Object.keys(door.session(req)?.data ?? {}).sort())),
      get('send-then-save', (req, res) => {
        const session = door.session(req);
        res.send('sent');
        lateSave = session?.save({ [LATE]: 1 }).then(
          () => 'saved',
          (error: Error) => error.message,
        );
      }),
    ];
  };
  return {
    routes,
    /** For the next request to `/test/slow`. */
    newLatch: () => (latch = createLatch()),
    /** What became of the `save` that came after the answer of `/test/send-then-save`. */
    lateSave: () => lateSave,
  };
}

/** The fields that a session has, as the routes above tell. */
export async function fieldsOf(client: HttpClient, { url }: { readonly url: string }): Promise<string[]> {
  return (await (await client.get(`${url}/test/fields`)).json()) as string[];
}
