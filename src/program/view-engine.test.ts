import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import ejs from 'ejs';
import { VIEWS_DIR } from '../paths.ts';
import { claimGroups } from '../app/claims.ts';
import { textOf } from '../app/json.ts';
import { placesOf } from '../app/navigation.ts';
import { durationInWords, fromNowInWords, timeInWords } from '../app/time-in-words.ts';
import type { ViewEngine } from '../app/app-parts.ts';
import { createViewEngine } from './view-engine.ts';
import { temporaryFolder } from '../../e2e/support/temporary-folder.ts';

const EVIL = `<b>"Eve" & 'Mallory'</b>`;
const AT = new Date('2026-11-21T12:02:00Z');
const NOW = AT.getTime() + 540_000;

const EVERY_VIEW = {
  baseUrl: 'https://app.example',
  asset: (path: string) => `${path}?v=1`,
  words: {
    time: timeInWords,
    fromNow: (date: Date) => fromNowInWords(date, NOW),
    duration: durationInWords,
  },
  places: placesOf({ hasRedis: true }),
  textOf,
  settings: { views: VIEWS_DIR },
  path: '/profile',
  here: '/profile?a=1&b=2',
};
const NOBODY = {
  ...EVERY_VIEW,
  user: undefined,
  session: undefined,
  isSignedOut: true,
  isSessionUnknown: false,
  wasSignedOut: false,
};
const CLAIMS = {
  sub: 'local|eve',
  name: EVIL,
  nickname: 'eve',
  email: 'eve@example.com',
  iat: 1,
  roles: ['a'],
};
const SIGNED_IN = {
  ...NOBODY,
  isSignedOut: false,
  user: { name: EVIL, email: CLAIMS.email, picture: undefined, claims: CLAIMS },
  session: { idleSeconds: 1800.5, latestInSeconds: 36_000 },
  formToken: () => 'form-token',
};
const CALL = {
  ...SIGNED_IN,
  api: { status: 200, body: { text: EVIL } },
  apiPath: '/api/private',
  provider: 'provider.example',
  audience: 'https://api.example',
  token: { preview: 'eyJhbGciOiJSUzI1NiIs', type: 'Bearer', scope: 'openid read:things' },
};
const FAILURE = {
  ...{ status: 404, code: 'NOT_FOUND', title: EVIL, message: EVIL, requestId: 'request-id' },
  operator: { causes: ['`one` of two'], remedy: 'Look for `it`.' },
};
const browser = (current: boolean, isHandheld: boolean) => ({
  ...{ id: 'a/b', current, isHandheld, device: EVIL },
  ...{ createdAt: AT, lastSeenAt: AT },
});

/** The models to render each view with, so that each of its branches runs once. */
const MODELS: Record<string, readonly object[]> = {
  admin: [{ ...CALL, permission: 'read:admin-messages' }],
  'api-call': [
    CALL,
    { ...CALL, givenAt: AT, endsAt: AT, isNew: false },
    { ...CALL, givenAt: AT, endsAt: undefined, isNew: true, api: { status: 401, body: { error: EVIL } } },
  ],
  'confirm-logout': [{ ...SIGNED_IN, logoutUrl: '/logout' }],
  error: [
    { ...NOBODY, failure: FAILURE },
    { ...NOBODY, failure: { ...FAILURE, action: { label: 'Home', href: '/' }, operator: undefined } },
  ],
  home: [SIGNED_IN, NOBODY, { ...NOBODY, wasSignedOut: true }, { ...NOBODY, isSessionUnknown: true }],
  profile: [
    {
      ...SIGNED_IN,
      user: { ...SIGNED_IN.user, picture: 'https://pictures.example/?a=1&b=2' },
      groups: claimGroups({
        sub: 'local|eve',
        name: EVIL,
        iat: 1,
        'https://app.example/roles': ['a'],
        constructor: 'x',
      }),
      lastUpdate: AT,
      signedInAt: AT,
      held: {
        tokens: [
          { audience: 'https://api.example', scope: 'openid', expiresAt: AT },
          { audience: undefined, scope: '', expiresAt: undefined },
        ],
        rollingSeconds: 1800,
        endsAtLatest: AT,
        isRenewable: true,
      },
    },
  ],
  protected: [{ ...CALL, api: { status: 500, body: [EVIL] } }],
  sessions: [
    { ...SIGNED_IN, sessions: [browser(true, false)] },
    { ...SIGNED_IN, sessions: [browser(true, false), browser(false, true)] },
  ],
};

function render(engine: ViewEngine, file: string, model: object = {}): string {
  let result: string | undefined;
  engine(file, model, (error, html) => {
    if (error) throw error as Error;
    result = html;
  });
  assert.ok(result !== undefined);
  return result;
}

/** Makes a folder with these views. */
function views(files: Record<string, string>): { folder: string; at: (name: string) => string } {
  const folder = temporaryFolder('views');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return { folder, at: (name) => join(folder, name) };
}

it('views write quotes, dashes and dots as entities', () => {
  for (const name of readdirSync(VIEWS_DIR, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ejs') || name.startsWith('provider')) continue;
    // One character beyond Latin-1 makes the whole page a string of two bytes a character: a tenth of its time.
    const [found] = /[–—‘’“”…]/.exec(readFileSync(join(VIEWS_DIR, name), 'utf8')) ?? [];
    assert.equal(found, undefined, `${name}: write ${found} as an entity, such as &rsquo; or &hellip;`);
  }
});

describe('the view engine', () => {
  it('renders every view as EJS does, byte for byte', async (t) => {
    t.mock.timers.enable({ apis: ['Date'], now: NOW });
    const pages = join(VIEWS_DIR, 'pages');
    assert.deepEqual(
      Object.keys(MODELS)
        .map((name) => `${name}.ejs`)
        .sort(),
      readdirSync(pages).sort(),
    );
    for (const cache of [true, false]) {
      const engine = createViewEngine({ folder: VIEWS_DIR, cache });
      for (const [name, models] of Object.entries(MODELS)) {
        for (const model of models) {
          const file = join(pages, `${name}.ejs`);
          const expected = await ejs.renderFile(file, model as ejs.Data);
          assert.equal(render(engine, file, model), expected, name);
          assert.equal(render(engine, file, model), expected, `${name}, again`);
        }
      }
    }
  });

  it('shows a changed view at once in development, and never in production', () => {
    const { folder, at } = views({ 'page.ejs': "a <%- include('part') %>", 'part.ejs': 'b' });
    const development = createViewEngine({ folder, cache: false });
    const production = createViewEngine({ folder, cache: true });
    assert.equal(render(development, at('page.ejs')), 'a b');
    writeFileSync(at('page.ejs'), "A <%- include('part') %>");
    writeFileSync(at('part.ejs'), 'B');
    assert.equal(render(development, at('page.ejs')), 'A B');
    assert.equal(render(production, at('page.ejs')), 'a b');
  });

  it('shows a partial the locals of its caller and its own, which the caller never sees', () => {
    const { folder, at } = views({
      'page.ejs': `<%- include('part', { own: 1 }) %> page: <%= locals.own %>, <%= locals.shared %>`,
      'part.ejs': `<%- include('leaf') %> part: <%= locals.own %>, <%= locals.shared %><% locals.shared = 'x' %>`,
      'leaf.ejs': `<% const { own } = locals; -%>leaf: <%= own %>, <%= locals.shared %>,`,
    });
    const model = { shared: 'yes' };
    const html = render(createViewEngine({ folder, cache: true }), at('page.ejs'), model);
    assert.equal(html, 'leaf: 1, yes, part: 1, yes page: , yes');
    assert.deepEqual(model, { shared: 'yes' });
  });

  it('names the file and the line of what fails, also of a partial', () => {
    const { folder, at } = views({
      'page.ejs': "one\n<%- include('part') %>",
      'part.ejs': 'one\ntwo\n<%= nothing.at.all %>',
      'alone.ejs': "\n<%- include('missing') %>",
    });
    const development = createViewEngine({ folder, cache: false });
    const message = /page\.ejs:2\n[^]*part\.ejs:3\n[^]*nothing is not defined/;
    assert.throws(() => render(development, at('page.ejs')), { name: 'ReferenceError', message });
    assert.throws(() => render(development, at('alone.ejs')), /alone\.ejs:2\n[^]*missing\.ejs/);
    // In production, templates do not count lines.
    const production = createViewEngine({ folder, cache: true });
    assert.throws(() => render(production, at('page.ejs')), /page\.ejs: [^]*part\.ejs: nothing is not defined/);
    assert.throws(() => render(production, at('alone.ejs')), /alone\.ejs: [^]*missing\.ejs/);
  });

  it('names the file of what does not compile, in production before any page is asked for', () => {
    for (const broken of ['<% if ( %>', '<% never closed']) {
      const { folder, at } = views({ 'broken.ejs': broken });
      assert.throws(() => createViewEngine({ folder, cache: true }), /broken\.ejs/);
      assert.throws(() => render(createViewEngine({ folder, cache: false }), at('broken.ejs')), /broken\.ejs/);
    }
  });
});
