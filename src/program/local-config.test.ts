import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { QUICKSTART } from '../../e2e/support/quickstart.ts';
import { problemsOf } from '../doctor/setup.ts';
import { readLocalConfig } from './local-config.ts';
import { readProviderConfig } from './provider-config.ts';

describe('what npm start runs', () => {
  it('listens for this machine alone with the local provider, unless HOST says otherwise', () => {
    const { web, api, provider } = readLocalConfig({});
    assert.deepEqual([web.host, api?.host, provider?.host], ['localhost', 'localhost', 'localhost']);
    assert.equal(readLocalConfig({ HOST: '0.0.0.0' }).web.host, '0.0.0.0');
    assert.equal(readLocalConfig(QUICKSTART).web.host, undefined);
  });

  it('supplies every value for the local provider where none is configured, on the ports that are asked for', () => {
    const { web, provider } = readLocalConfig({ PORT: '7000', PROVIDER_PORT: '7001', API_PORT: '7060' });
    assert.equal(provider?.issuer, 'http://localhost:7001');
    assert.equal(provider?.redirectUri, 'http://localhost:7000/callback');
    assert.equal(web.issuer, provider?.issuer);
    assert.equal(web.baseUrl, 'http://localhost:7000');
    assert.equal(web.apiServerUrl, 'http://localhost:7060');
    assert.equal(web.audience, provider?.audience);
    assert.equal(web.door.clientId, provider?.clientId);
  });

  it('brings no provider where one is configured', () => {
    assert.equal(readLocalConfig(QUICKSTART).provider, undefined);
  });

  it('never brings the local provider in production', () => {
    const problems = problemsOf(() => readLocalConfig({ NODE_ENV: 'production' }));
    assert.match(problems[0] ?? '', /^AUTH0_DOMAIN is not set/);
    assert.match(problemsOf(() => readProviderConfig({ NODE_ENV: 'production' })).join(), /^NODE_ENV is production/);
  });

  it('refuses one port for two servers', () => {
    assert.match(
      problemsOf(() => readLocalConfig({ PORT: '7000', PROVIDER_PORT: '7000' })).join(),
      /^PROVIDER_PORT is the same port as PORT/,
    );
    assert.match(problemsOf(() => readLocalConfig({ PROVIDER_PORT: 'x' })).join(), /^PROVIDER_PORT is not/);
  });
});
