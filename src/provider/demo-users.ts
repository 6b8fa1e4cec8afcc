import { API_PERMISSIONS, type ApiPermission, CLAIM_NAMESPACE } from './scopes.ts';

export const DEMO_PASSWORD = 'password';

export interface DemoUser {
  readonly username: string;
  readonly password: string;
  /** What this user is for, in a few words. */
  readonly purpose: string;
  readonly permissions: readonly ApiPermission[];
  /** Profile claims; `picture` is relative to the issuer. */
  readonly claims: { readonly name: string; readonly email: string; readonly [claim: string]: unknown };
}

/** Who can sign in at the local provider. */
export const DEMO_USERS: readonly DemoUser[] = [
  {
    username: 'alice',
    password: DEMO_PASSWORD,
    purpose: 'a plain user without permissions, with a picture',
    permissions: [],
    claims: { ...profile('Alice', 'Adams'), email_verified: true, picture: '/assets/alice.svg' },
  },
  {
    username: 'bob',
    password: DEMO_PASSWORD,
    purpose: 'may read:messages, has no picture',
    permissions: ['read:messages'],
    claims: profile('Bob', 'Baker'),
  },
  {
    username: 'carol',
    password: DEMO_PASSWORD,
    purpose: 'has all permissions and a picture',
    permissions: API_PERMISSIONS,
    claims: {
      ...profile('Carol', 'Admin'),
      email_verified: true,
      picture: '/assets/carol.svg',
      locale: 'de',
    },
  },
  {
    username: 'dave',
    password: DEMO_PASSWORD,
    purpose: 'forty long, non-Latin claims full of <&"\', no permissions, no picture',
    permissions: [],
    claims: {
      ...profile('داود "Dave" 大衛', "O'Brien <b>& Söhne</b>"),
      name: `داود "Dave" O'Brien <b>& Söhne</b> 大衛·Δαβίδ·Давид·דוד, "R&D" <script>alert('hi')</script> والعالم 👩‍🚀 Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch`,
      nickname: `dave "<d&v'e>"`,
      email: `dave.o'brien&sons@example.com`,
      locale: 'ar',
      middle_name: '',
      preferred_username: 'dave',
      profile: 'https://people.example.com/dave?tab=about&lang=ar#top',
      website: `https://www.example.com/${'a-very-long-path/'.repeat(6)}`,
      gender: 'male',
      birthdate: '1985-02-29',
      zoneinfo: 'Africa/Cairo',
      ...custom({
        biography: `"Fish & chips" <i>once</i>, שלום עולם, 世界你好, مرحبا. `.repeat(6),
        team: {
          name: 'R&D <core>',
          lead: { name: `Zoë "Z" O'Neil`, since: 2019 },
          members: ['Ωμέγα', 'Ægir', `D'Arcy & Sons`],
        },
        tags: ['<none>', '"quoted"', 'ünïcödé', '', 'a&b'],
        limits: { daily: 1e6, ratio: 0.25, trial: false, until: null },
        department: 'الهندسة',
        cost_center: 4711,
        office: 'القاهرة',
        floor: -1,
        desk: '١٢-ب',
        badge: '0x1F600',
        shift: null,
        hired_on: '2019-04-01',
        languages: ['ar', 'en', 'cy', 'he'],
        theme: 'dark',
        plan: '<free>',
        seats: 0,
        region: 'eu-west',
        newsletter: false,
        signature: '—\nداود',
      }),
    },
  },
];

function custom(claims: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [CLAIM_NAMESPACE + name, value]));
}

function profile(given_name: string, family_name: string) {
  const nickname = given_name.toLowerCase();
  return {
    name: `${given_name} ${family_name}`,
    given_name,
    family_name,
    nickname,
    email: `${nickname}@example.com`,
    email_verified: false,
    locale: 'en',
    // As Auth0 writes it, though OpenID Connect Core §5.1 has seconds since 1970.
    updated_at: '2026-01-15T09:30:00.000Z',
  };
}
