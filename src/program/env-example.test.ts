import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { it } from 'node:test';
import { problemsOf } from '../doctor/setup.ts';
import { EnvReader } from '../gatehouse/config/env-reader.ts';
import { readApiConfig } from './api-config.ts';
import { readProviderConfig } from './provider-config.ts';
import { readWebConfig } from './web-config.ts';

it('.env.example has every variable that the readers ask for, and no other', () => {
  const asked = new Set<string>();
  for (const read of [readWebConfig, readApiConfig, readProviderConfig]) {
    const env = new EnvReader({});
    problemsOf(() => read({}, env));
    for (const name of env.asked) asked.add(name);
  }
  const example = readFileSync('.env.example', 'utf8');
  const written = [...example.matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);
  assert.deepEqual(written.sort(), [...asked].sort());
});
