import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ConfigError, type Env } from '../gatehouse/config/env-reader.ts';
import { readApiConfig } from './api-config.ts';
import { readLocalConfig } from './local-config.ts';
import { readProviderConfig } from './provider-config.ts';
import { readWebConfig } from './web-config.ts';

const WEB = {
  AUTH0_DOMAIN: 'tenant.us.auth0.com',
  AUTH0_CLIENT_ID: 'J2xQ0fPq1kYb3mRzT8vWc5nLs7dGh9Ae',
  AUTH0_CLIENT_SECRET: 'client-secret-of-the-tests-and-of-nobody-else',
  AUTH0_SECRET: 'session-secret-of-the-tests-and-of-nobody-else',
};
const AUDIENCE = { AUTH0_AUDIENCE: 'https://api.example.com' };
const API = { AUTH0_DOMAIN: WEB.AUTH0_DOMAIN, ...AUDIENCE };
const API_URL = { API_SERVER_URL: 'https://api.example.com' };

/** The names of the variables that `read` finds at fault. */
function faulty(read: (env: Env) => unknown, env: Env): string[] {
  try {
    read(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map((line) => line.split(' ')[0] ?? '');
  }
  return [];
}

// Kubernetes sets such variables for Services that are called api, provider and the like.
for (const [what, read, env, name, isNeeded] of [
  ['web app', readWebConfig, { ...WEB, ...AUDIENCE }, 'API_PORT', true],
  ['web app that calls no API', readWebConfig, WEB, 'API_PORT', false],
  ['web app that knows its API', readWebConfig, { ...WEB, ...AUDIENCE, ...API_URL }, 'API_PORT', false],
  ['web app', readWebConfig, WEB, 'PROVIDER_PORT', false],
  ['resource server', readApiConfig, { ...API, ...API_URL }, 'API_PORT', true],
  ['resource server', readApiConfig, API, 'PORT', true],
  ['resource server that knows its client', readApiConfig, { ...API, CLIENT_ORIGIN_URL: 'http://a' }, 'PORT', false],
  ['resource server that knows the app', readApiConfig, { ...API, AUTH0_REDIRECT_URI: 'http://a/b' }, 'PORT', false],
  ['resource server', readApiConfig, API, 'METRICS_PORT', false],
  ['provider', readProviderConfig, {}, 'PORT', true],
  ['provider that knows the app', readProviderConfig, { AUTH0_REDIRECT_URI: 'http://a/b' }, 'PORT', false],
  ['provider', readProviderConfig, {}, 'API_PORT', false],
  ['whole, with a provider of its own', readLocalConfig, {}, 'PROVIDER_PORT', true],
  ['whole, with another provider', readLocalConfig, WEB, 'PROVIDER_PORT', false],
] as const) {
  it(`the ${what} ${isNeeded ? 'needs' : 'does not need'} ${name}`, () => {
    assert.deepEqual(faulty(read, env), []);
    for (const value of ['x', 'tcp://10.96.3.7:6060']) {
      assert.deepEqual(faulty(read, { ...env, [name]: value }), isNeeded ? [name] : [], value);
    }
  });
}
