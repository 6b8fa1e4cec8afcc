import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isOfManyTenants, issuerOf } from './entra-id.ts';

const TEMPLATE = 'https://login.microsoftonline.com/{tenantid}/v2.0';

it('many tenants are told from one, and from what only looks so', () => {
  for (const name of ['common', 'organizations', 'consumers']) {
    for (const host of ['login.microsoftonline.com', 'login.microsoftonline.us', 'login.partner.microsoftonline.cn']) {
      assert.equal(isOfManyTenants(`https://${host}/${name}/v2.0`), true, name);
    }
  }
  for (const issuer of [
    'https://login.microsoftonline.com/0b5a0a3c-0000-4000-8000-000000000000/v2.0',
    'https://login.microsoftonline.com.evil.example/common/v2.0',
    'http://login.microsoftonline.com/common/v2.0',
    'https://evil.example/https://login.microsoftonline.com/common/v2.0',
  ]) {
    assert.equal(isOfManyTenants(issuer), false, issuer);
  }
});

it('the tenant of a token fills in the template, and nothing else does', () => {
  const tid = '0b5a0a3c-0000-4000-8000-000000000000';
  assert.equal(issuerOf({ issuer: TEMPLATE }, { tid }), `https://login.microsoftonline.com/${tid}/v2.0`);
  for (const odd of [undefined, null, 1, '', '../evil', 'a/b'])
    assert.equal(issuerOf({ issuer: TEMPLATE }, { tid: odd }), TEMPLATE);
  assert.equal(issuerOf({ issuer: 'https://id.example.com' }, { tid }), 'https://id.example.com');
});
