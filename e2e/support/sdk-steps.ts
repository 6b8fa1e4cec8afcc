import { callbackUrlOf, leadsOnTo, signIn } from './sign-in.ts';
import { createHttpClient } from './http-client.ts';
import { BY_EVENT_SOURCE, JSON_ONLY, type SdkVisit, signOutAtProvider, told } from './sdk-visit.ts';
import { waitFor } from './wait-for.ts';

/** The headers of a `fetch` by a page's script. */
const BY_SCRIPT = { accept: '*/*', 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' };
const FROM_ELSEWHERE = { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' };

/** What a step does with both apps, and what it sees. */
export interface SdkStep {
  readonly does: string;
  readonly take: (visit: SdkVisit) => Promise<unknown>;
  readonly sees: unknown;
  /** What the step sees with after.ts, if that differs. A difference needs a reason. */
  readonly afterwards?: { readonly sees: unknown; readonly because: string };
}

/** The form that saves a setting. */
const DARK = { setting: 'theme', value: 'dark' };
const ALICE = { sub: 'local|alice', name: 'Alice Adams', email: 'alice@example.com' };

export const SDK_STEPS: readonly SdkStep[] = [
  {
    does: 'greets a stranger',
    take: async ({ url, seen }) => seen(await createHttpClient().get(url)),
    sees: [200, 'Hello, stranger!'],
  },
  {
    does: 'leads a deep link with a query through the sign-in and back to it',
    take: async ({ url, seen }) => {
      const page = await signIn(createHttpClient(), `${url}/profile?tab=1&b=%26`);
      return [page.url.replace(url, ''), ...(await seen(page))];
    },
    sees: ['/profile?tab=1&b=%26', 200, { ...ALICE, theme: 'light' }],
  },
  {
    does: 'signs in at an address of its own, and greets by name',
    take: async ({ url, seen }) => {
      const page = await signIn(createHttpClient(), `${url}/sign-in`);
      return [new URL(page.url).pathname, ...(await seen(page))];
    },
    sees: ['/', 200, 'Hello, Alice Adams!'],
  },
  {
    does: 'tells a JSON client that nobody is signed in',
    take: async ({ url, seen }) => seen(await createHttpClient().get(`${url}/profile`, JSON_ONLY)),
    sees: [401, 'Authentication is required for this route.'],
    afterwards: {
      sees: [401, { error: 'LOGIN_REQUIRED', login_url: '/sign-in?returnTo=%2Fprofile' }],
      because: 'the JSON of the door has a code, and says where the login is',
    },
  },
  {
    does: 'meets a script of a page where nobody is signed in',
    take: async ({ url, seen }) => seen(await createHttpClient().get(`${url}/profile`, BY_SCRIPT)),
    sees: [302, 'to the provider'],
    afterwards: {
      sees: [401, { error: 'LOGIN_REQUIRED', login_url: '/sign-in?returnTo=%2Fprofile' }],
      because: 'a script cannot follow a redirect to the provider: CORS stops it',
    },
  },
  {
    does: 'lets whoever has the claim pass',
    take: async ({ url, seen, signedIn }) => seen(await (await signedIn('carol')).get(`${url}/angebote`)),
    sees: [200, 'Angebote'],
  },
  {
    does: 'leads a deep link to a page for those with the claim through the sign-in',
    take: async ({ url, seen }) => seen(await signIn(createHttpClient(), `${url}/angebote`, 'carol')),
    sees: [200, 'Angebote'],
  },
  {
    does: 'keeps whoever lacks the claim from a page',
    take: async ({ url, seen, signedIn }) => {
      const page = await (await signedIn('alice')).get(`${url}/angebote`);
      return page.status === 302 ? seen(page) : [page.status, ...(await told(page, 'a German account', ALICE.email))];
    },
    sees: [302, 'to the provider'],
    afterwards: {
      sees: [403, 'a German account', ALICE.email],
      because: 'another sign-in gives no other claims: the provider sends the browser back at once, without end',
    },
  },
  {
    does: 'tells a JSON client that it lacks the claim',
    take: async ({ url, seen, signedIn }) => seen(await (await signedIn('alice')).get(`${url}/angebote`, JSON_ONLY)),
    sees: [401, 'Authentication is required for this route.'],
    afterwards: { sees: [403, { error: 'PERMISSION_MISSING' }], because: 'who it is, is known: 403 and not 401' },
  },
  {
    does: 'calls an API with an access token',
    take: async ({ signedIn, messages }) => {
      const [status, { for: whom }] = await messages(await signedIn('alice'));
      return [status, whom];
    },
    sees: [200, ALICE.sub],
  },
  {
    does: 'calls the API with another token when the first has ended, and fails at no time',
    take: async ({ signedIn, messages }) => {
      const alice = await signedIn('alice');
      const answers = [await messages(alice)];
      await waitFor('another token', async () => {
        answers.push(await messages(alice));
        return answers.at(-1)?.[1].token !== answers[0]?.[1].token;
      });
      return [...new Set(answers.map(([status, { for: whom }]) => `${status} ${whom}`))];
    },
    sees: [`200 ${ALICE.sub}`],
  },
  {
    does: 'refuses an account as it signs in, in words of its own, and signs nobody in',
    take: async ({ url, seen }) => {
      const bob = createHttpClient();
      const page = await bob.get(await callbackUrlOf(bob, `${url}/profile`, 'bob'));
      const words = await told(page, 'Please confirm your e-mail address first.');
      return [page.status, ...words, ...(await seen(await bob.get(url)))];
    },
    sees: [403, 'Please confirm your e-mail address first.', 200, 'Hello, stranger!'],
  },
  {
    does: 'keeps what a form of its own sends, with the session',
    take: async ({ url, seen, signedIn }) => {
      const alice = await signedIn('alice');
      const answer = await alice.postForm(`${url}/profile/settings`, DARK);
      const page = await alice.follow(answer);
      return [answer.status, page.url.replace(url, ''), ...(await seen(page))];
    },
    sees: [303, '/profile', 200, { ...ALICE, theme: 'dark' }],
  },
  {
    does: 'meets a form that another site sends',
    take: async ({ url, signedIn }) => {
      const alice = await signedIn('alice');
      const { status } = await alice.postForm(`${url}/profile/settings`, DARK, FROM_ELSEWHERE);
      const { theme } = (await (await alice.get(`${url}/profile`)).json()) as { theme: string };
      return [status, theme];
    },
    sees: [303, 'dark'],
    afterwards: { sees: [403, 'light'], because: 'the guards take changes from pages of this app only' },
  },
  {
    does: 'leads a form that comes after the end of the session through the sign-in',
    take: async ({ url }) => {
      const alice = createHttpClient();
      const answer = await alice.postForm(`${url}/profile/settings`, DARK, { referer: `${url}/profile?a=1` });
      const start = answer.headers.get('location') ?? (await leadsOnTo(answer)).href;
      const page = await alice.follow(await alice.get(await callbackUrlOf(alice, start, 'alice')));
      return [page.url.replace(url, ''), page.status];
    },
    sees: ['/', 200],
    afterwards: {
      sees: ['/profile?a=1', 200],
      because: 'the page with the form is the one to come back to, as the browser names it',
    },
  },
  {
    does: 'streams events',
    take: async ({ signedIn, events }) => events(await signedIn('alice'), 2),
    sees: [200, 'text/event-stream; charset=utf-8', 'data: Tick for Alice Adams', 'data: Tick for Alice Adams'],
  },
  {
    does: 'goes on with a stream whose user signs out meanwhile',
    take: async ({ url, seen, signedIn, events }) => {
      const alice = await signedIn('alice');
      const streamed = await events(alice, 3, () => alice.get(`${url}/sign-out`));
      return [streamed.at(-1), ...(await seen(await alice.get(url)))];
    },
    sees: ['data: Tick for Alice Adams', 200, 'Hello, stranger!'],
  },
  {
    does: 'tells an EventSource that nobody is signed in',
    take: async ({ url }) => (await createHttpClient().get(`${url}/events`, BY_EVENT_SOURCE)).status,
    sees: 401,
  },
  {
    does: 'lets a browser and its proxies keep a page that is for one user',
    take: async ({ url, signedIn }) =>
      (await (await signedIn('alice')).get(`${url}/profile`)).headers.get('cache-control'),
    sees: null,
    afterwards: { sees: 'no-store', because: 'the back button after a sign-out shows nothing' },
  },
  {
    does: 'meets two tabs that sign in at the same time',
    take: async ({ url }) => {
      const alice = createHttpClient();
      const callbacks = [await callbackUrlOf(alice, `${url}/profile?tab=1`, 'alice')];
      callbacks.push(await callbackUrlOf(alice, `${url}/profile?tab=2`, 'alice'));
      const ends = [];
      for (const callback of callbacks) {
        const page = await alice.follow(await alice.get(callback));
        ends.push([page.status, new URL(page.url).search.replace(/code=.*/, '…')]);
      }
      return ends;
    },
    sees: [
      [400, '?…'],
      [400, '?…'],
    ],
    afterwards: {
      sees: [
        [200, '?tab=1'],
        [200, '?tab=2'],
      ],
      because: 'every login has a cookie of its own',
    },
  },
  {
    does: 'signs out here and at the provider, and comes back',
    take: async ({ url, seen, signedIn }) => {
      const alice = await signedIn('alice');
      const leaving = await alice.get(`${url}/sign-out`);
      const back = await alice.follow(await signOutAtProvider(alice, await alice.follow(leaving)));
      const here = [new URL(back.url).pathname, ...(await seen(back))];
      const again = await alice.follow(await alice.get(`${url}/profile`), /[?&]code=/);
      return [...(await seen(leaving)), ...here, ...(await told(again, 'type="password"'))];
    },
    sees: [302, 'to the provider', '/', 200, 'Hello, stranger!', 'type="password"'],
  },
  {
    does: 'meets a link of another site that signs out',
    take: async ({ url, seen, signedIn }) => {
      const alice = await signedIn('alice');
      const { status } = await alice.get(`${url}/sign-out`, FROM_ELSEWHERE);
      return [status, ...(await seen(await alice.get(url)))];
    },
    sees: [302, 200, 'Hello, stranger!'],
    afterwards: { sees: [200, 200, 'Hello, Alice Adams!'], because: 'a page asks first' },
  },
];
