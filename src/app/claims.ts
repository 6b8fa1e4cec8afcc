import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { VIEWS_DIR } from '../paths.ts';
import { textOf } from './json.ts';
import { timeOf } from './time-in-words.ts';

/** What the standard claims mean (OpenID Connect Core, sections 2 and 5.1), in plain words, grouped and ordered. */
const STANDARD = JSON.parse(readFileSync(join(VIEWS_DIR, 'claims.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>;
const MEANINGS = new Map(Object.values(STANDARD).flatMap((group) => Object.entries(group)));
const TIMES = new Set(['iat', 'exp', 'nbf', 'auth_time', 'updated_at']);

/** One claim as a page shows it: a time, or text; structures as JSON. */
export interface ShownClaim {
  readonly name: string;
  readonly time?: Date;
  readonly text?: string;
  /** Undefined for a claim that is not standard. */
  readonly meaning: string | undefined;
}

/** Every claim, grouped under headings: standard ones in order, others as they came; the protocol's own folded. */
export function claimGroups(claims: Readonly<Record<string, unknown>>) {
  const [you = ['', {}], ...more] = Object.entries(STANDARD);
  const others = Object.fromEntries(Object.keys(claims).flatMap((name) => (MEANINGS.has(name) ? [] : [[name, '']])));
  return [you, ['What else it says about you', others] as const, ...more]
    .map(([heading, names], index) => ({
      heading,
      isFolded: index > 1,
      members: Object.keys(names)
        .filter((name) => Object.hasOwn(claims, name))
        .map((name) => shown(name, claims[name])),
    }))
    .filter(({ members }) => members.length > 0);
}

function shown(name: string, value: unknown): ShownClaim {
  const meaning = MEANINGS.get(name);
  const time = TIMES.has(name) ? timeOf(value) : undefined;
  if (time) return { name, time, meaning };
  return { name, text: textOf(value), meaning };
}
