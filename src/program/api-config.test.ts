import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { problemsOf } from '../doctor/setup.ts';
import { readApiConfig } from './api-config.ts';

describe('resource server configuration', () => {
  const env = { AUTH0_DOMAIN: 'tenant.us.auth0.com', AUTH0_AUDIENCE: 'https://api.example.com' };

  it('needs issuer and audience, and nothing else', () => {
    const config = readApiConfig(env);
    assert.equal(config.clientOrigin, 'http://localhost:5000');
    assert.equal(config.dpop, 'allowed');
    assert.deepEqual(
      problemsOf(() => readApiConfig({})).map((line) => line.split(' ')[0]),
      ['AUTH0_DOMAIN', 'AUTH0_AUDIENCE'],
    );
  });

  const malformed: readonly [string, string, RegExp][] = [
    ['API_PORT', '70000', /from 1 to 65535/],
    ['AUTH0_DPOP', 'maybe', /allowed, required, disabled/],
    ['CLIENT_ORIGIN_URL', 'https://app.example.com/path', /write only https:\/\/app\.example\.com$/],
    ['CLIENT_ORIGIN_URL', '*', /write it whole/],
  ];
  for (const [name, value, expected] of malformed) {
    it(`refuses ${name}=${value}`, () => {
      const problems = problemsOf(() => readApiConfig({ ...env, [name]: value }));
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', new RegExp(`^${name} .*${expected.source}`));
    });
  }
});
