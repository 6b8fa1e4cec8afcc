import type { ContestantName } from './contestants.ts';

export type ViewKind = 'json' | 'html' | 'anonymous';

export const VIEW_KINDS: readonly ViewKind[] = ['json', 'html', 'anonymous'];

/** One page that every contestant has. */
export interface View {
  readonly kind: ViewKind;
  readonly path: string;
  headers(contestant: ContestantName): Record<string, string>;
  isRight(body: string): boolean;
}

/** The `Cookie` header of somebody who is signed in, for each contestant. */
export type Cookies = Readonly<Record<ContestantName, string>>;

/** The views that are compared, of a user called `userName`. */
export function createViews(cookies: Cookies, userName: string): Record<ViewKind, View> {
  const profile = (kind: 'json' | 'html', accept: string): View => ({
    kind,
    path: '/profile',
    headers: (name) => ({ accept, cookie: cookies[name] }),
    isRight: (body) => body.includes(userName),
  });
  return {
    json: profile('json', 'application/json'),
    html: profile('html', 'text/html'),
    anonymous: {
      kind: 'anonymous',
      path: '/',
      headers: () => ({ accept: 'text/html' }),
      // Nobody is signed in, but the page has a way to sign in.
      isRight: (body) => body.includes('/login') && !body.includes(userName),
    },
  };
}
