import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { cookieLines } from '../platform/cookies.ts';
import { GOLDEN_CONTENT } from './golden-session.suite.ts';
import { packJson } from './packed-json.ts';
import { sealedCookies } from './sealed-cookies.ts';
import { createSessionCipher } from './session-cipher.ts';
import type { KeptSession } from './session-content.ts';

/** Browsers hold values like these: never regenerate them. Format 1 is by the release before format 2 (b6435da). */
const FORMAT_1 =
  '1.fAGHIfiOuxu4mwYJrUGcPAXLkX1WU3sH3R6UWfsp8SU2hKwEFYizIkQgT8UlBGGU8eOvM3uVXcxPr0TJ3lkKjP3r_EbmX7l78DAP46x7SRBEbqh2U1eZEYN3gWZs92HS4YhFe_ZudzVXU2X0NT8zGvx6tgXayAwTpJHTjFqQqdzL9Nv88BB055VS67LJ_6-jOJCEUQQyeAeyB5fUt5FcV8doORqr_pjCDjoXX_M3x4Fq4iwBQQarnw90QXl957VpY-weSrN4i0uxNV4RsuPsSrRQVQ4dg-oJGi319N8BEOrWcSKyLtkKGZnFZTFg6kRG-ysz-EIbOTd0Mij2zs-mRUWSG4Pz9gYVQpmPjJIf2QL3tVfOTfyVKkE8mZf1GIVoKPKWIsEfNensiWAxFKDU33T-W7l5bQuip19Y24oNFpM-7DASRWxSvPj8EutocbOf0WxGWZK_p08oLHQCV3ZFVL-MbvREzKHQL2QMVcKpL8wadItrqwsEtgc2peM8kFbo3vlDWJc9GsSG-nFEWBitdYj-KT43WGsvFuzVok1nMU9JRQn5URE6FyBT01mF6EOrymwm15zZrGQqCWWP2v3nolYtxGjadtn4C9P7mE5kGu0ylRXsvsYzKv-opCSnRiibQnw_XUXqVDqUWhS0sBXmqKu_uh8dsPv_xjHyyFaw0OFv_uJq28UHJWT-Lu5Q2Pxt8g-a2MDcDaYmG1vu2D696j2jMuKsNodMd9GNCXH8R843NRluJ7ttegNI2pt2JL-Y-ecUOJ4Oc7JCiS8hNmkT9U3X5wZyKvnqeG9WAW6RSTicxwG7jACawdRqQp1tXY8KstWi5rHc8XEk9e0AvTQp8LVLVjMjbgAc';
const FORMAT_2 =
  '1.2.fAGHIfiODrQ0ABwqdre0Dz5JA7bj1lWGPQ6r5hdnBhjV5g48wGySiPFbgHEvfWLeQPRXFDQfpTW8Iz6seUKfEvArCWNNdby2vvG_jASv84ZUExOsYBZ5JxFigVph99H0klCm9sXEforwj1u3izSyJp7JyRq8QhzOTIV-KiYt1RwZq9j7gTM1KlMVW8vuINPFZ0OfNxlC-ivfoYAvP53hjsusTUeMe6tyZkclUGu2iXwyccedXBfwRpn9oemRY9H9f2ZKc4cUqP4X5Oaxkbbq0pT4_sBUs7MyIt_mT_q71dgodsseBdVrVSOUyOAfzwPzGyf5AMW6Ly3i5BAhzIw3Kg2Q-vjJVZ_bnI290nNeXGkIVac2RpeJnCY0MBHzrXlRh7hGDbTBIeAWBtPvdhMT2TzXv9qpGcIlRaGz1IrRA498xftETbprSxz7optVSqHcRbYhbzTKjkKmlwzFSmrb4twP1uFcCpKSYauwWPiv_kPprOYJKiDQHQ';
const cipher = createSessionCipher(['the-secret-of-the-golden-values-1']);
const cookies = sealedCookies('gatehouse', cipher, cookieLines({ baseUrl: 'http://localhost:5000', basePath: '' }));

const SESSION: KeptSession = {
  content: { ...GOLDEN_CONTENT, data: { theme: 'dark' } },
  createdAt: 1764000000,
  touchedAt: 1764000090,
};

/** What a browser sends after it has received `lines`. */
const headerOf = (lines: readonly string[]) => lines.map((line) => line.split(';', 1)[0]).join('; ');
const read = (header: string) => cookies.read(header, () => assert.fail('two of one name'));
const written = (session: KeptSession) => headerOf(cookies.write(cookies.seal(session), undefined, 60));

describe('a session in cookies', () => {
  it('is read in format 1, and in format 2', () => {
    for (const value of [FORMAT_1, FORMAT_2]) assert.deepEqual(read(`gatehouse.0=${value}`), SESSION);
  });

  it('is written in the newest format, of which there is a golden value here, and read back as it was', () => {
    const header = written(SESSION);
    assert.match(header, /^gatehouse\.0=1\.2\.[\w-]+$/, 'a new format needs a golden value of its own');
    assert.deepEqual(read(header), SESSION);
    assert.ok(FORMAT_2.length < FORMAT_1.length * 0.75, `${FORMAT_2.length} characters`);
  });

  it('is none of ours in a newer format, or as another than it was sealed in', () => {
    const [sealed1, sealed2] = [FORMAT_1.slice(2), FORMAT_2.slice(4)];
    const others = [`1.3.${sealed2}`, `1.1.${sealed1}`, `1.2.${sealed1}`, `1.${sealed2}`, `1.2.${sealed2}AAAA`];
    for (const value of others) assert.equal(read(`gatehouse.0=${value}`), undefined, value.slice(0, 9));
  });

  it('does not fit where its JSON is large, however small that becomes, nor where nothing makes it smaller', () => {
    const sizeOf = (filler: string) => {
      const { fits, bytes } = cookies.seal({ ...SESSION, content: { ...SESSION.content, data: { filler } } });
      return { fits, isOver12kB: bytes > 12 * 1024 };
    };
    assert.deepEqual(sizeOf('x'.repeat(14_000)), { fits: true, isOver12kB: false });
    assert.deepEqual(sizeOf('x'.repeat(17_000)), { fits: false, isOver12kB: true });
    assert.deepEqual(sizeOf(randomBytes(9000).toString('base64url')), { fits: false, isOver12kB: true });
  });

  it('that would unpack to more than any of ours is not unpacked', () => {
    const bomb = cipher.seal(packJson(JSON.stringify('x '.repeat(5_000_000))), 'gatehouse 2');
    assert.throws(
      () => read(headerOf(cookies.write({ value: bomb, bytes: 0, fits: true }, undefined, 60))),
      RangeError,
    );
  });
});
