import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { inflateRawSync } from 'node:zlib';
import { packJson, unpackJson } from './packed-json.ts';

const base64url = (text: string | Buffer) => Buffer.from(text).toString('base64url');
const HEADER = base64url(JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'eyJ0aGUta2V5LW9mLXRoZS10ZXN0cyJ9' }));
const PAYLOAD = JSON.stringify({ iss: 'https://issuer.example/', sub: 'local|älice', email: 'alice@example.com' });
const jwt = (payload: string) => `${HEADER}.${base64url(payload)}.${base64url(randomBytes(256))}`;

it('what is packed comes back as it was', () => {
  for (const value of [
    {},
    { token: jwt(PAYLOAD), again: jwt(PAYLOAD), opaque: base64url(randomBytes(99)), empty: '' },
    // Parts of JWTs that are not JSON on one line, not text, or not the usual base64url form of their bytes.
    { lines: jwt(JSON.stringify(JSON.parse(PAYLOAD), null, 2)), tabs: jwt(`{"a":\t"${'Ab'.repeat(20)}"}`) },
    { binary: `${base64url(Buffer.concat([Buffer.from('{"a'), randomBytes(40)]))}`, odd: `${base64url(PAYLOAD)}B` },
    Array.from({ length: 60 }, (_, n) => `${base64url(PAYLOAD.slice(n))} ${base64url(randomBytes(n))}`),
    Array.from({ length: 60 }, (_, n) => `eyJ${'Ab1_'.repeat(20).slice(n)}`),
    { trailing: `${'Ab1_'.repeat(10)}B`, hex: randomBytes(40).toString('hex'), words: 'a'.repeat(60) },
    { marks: '\n3\n \t\t \n\t \u0001 \\n3\\n', text: 'Ünïcödé 🚪'.repeat(9), last: base64url(randomBytes(24)) },
  ]) {
    const json = JSON.stringify(value);
    assert.equal(unpackJson(packJson(json)), json);
  }
});

it('is smaller than what deflates alone: by the third that base64url adds', () => {
  const json = JSON.stringify({ id_token: jwt(PAYLOAD), access_token: jwt(PAYLOAD), key: base64url(randomBytes(600)) });
  const random = 2 * 256 + 600;
  assert.ok(packJson(json).length < random + 300, `${packJson(json).length} bytes, ${random} of them random`);
});

it('secrets are not among what is compressed', () => {
  const signature = jwt(PAYLOAD).split('.')[2] ?? '';
  const noBase64url = `${'Ab1_'.repeat(10)}B`;
  for (const secret of [base64url(randomBytes(33)), randomBytes(32).toString('hex'), signature, noBase64url]) {
    const packed = packJson(JSON.stringify({ refresh_token: secret, data: { theme: 'dark' } }));
    const compressed = inflateRawSync(packed.subarray(4)).toString();
    assert.match(compressed, /dark/);
    assert.ok(!compressed.includes(secret.slice(0, 8)), compressed);
  }
});

it('beyond 16 kB nothing is unpacked', () => {
  for (const [length, unpacks] of [
    [16_000, true],
    [17_000, false],
    [50_000_000, false],
  ] as const) {
    const packed = packJson(JSON.stringify('x '.repeat(length / 2)));
    if (unpacks) assert.equal(unpackJson(packed).length, length + 2);
    else assert.throws(() => unpackJson(packed), RangeError);
  }
});
