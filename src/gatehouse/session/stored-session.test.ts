import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SessionUnreadableError } from '../errors/session-store-unavailable.ts';
import { UnknownSecretError } from '../platform/secret-id.ts';
import { GOLDEN_CONTENT, ID_TOKEN, SIGNED_CLAIMS } from './golden-session.suite.ts';
import { createSessionCipher } from './session-cipher.ts';
import type { SessionContent } from './session-content.ts';
import { decodeSession, encodeSession, STORED_FORMAT } from './stored-session.ts';

/** What sealed the values below, and for which sessions. Redis holds values like these: never regenerate them. */
const cipher = createSessionCipher(['the-secret-of-the-golden-values-1']);
const NAME = 'yWzzulWdsQZs3AdpM3feO22MJVoXrZ-hewTsdklTBCw';
const SPARSE_NAME = '5f4LrIlZs4E0j3aWGEu7MKDAmekD88YtvtYyED_3Ops';

/** Written by the release before format 2 (44c242e) at the second write. */
const FORMAT_1 =
  '2 1764000090 fAGHIfiO6LtRvvGS7-T8-Ym3rRDZYATnilvI41r9yVHKgeEJHolD9IGXeF4OII9XbtwjVGuwffywB4-3LR3bxrmiW1f6lORaNK6iIhnCmZJvm7L-KdOtOcyKEw7xVIc_2rrRIlvOgn9r4wjKrK-5fOCrURAdvd5l-dNrrly4ozKUuEM12CCNorbFDCBOLjLkgDDHiHyi8l5I0M0CLRxDTV6AwrF4aGdb41zuoK9o7xlUpVxVpR9-ayTNqN2J2Pfpd52OSKSKbPLwW4aRDEDd82Vyuu5c6sekQR5-ZucQmBF8Bjj_Oz5XMCdqvoPtXdnzLY77qSKEmNrEsckEDfSKXGoOAd5GRRMwNk4llU67G5J1yb1DZyiKknFFGK9euBv95bNmUt4pkqxBUGIZDht2Nj9nS1tsi6hkkCygDg_ccX5fU3sJfZbX3RMwKZz_vxCiZ_NDicuNIxSRmUajzclTPZ-R5iXdH0ZJaKRflrkmiEHy-A7XfNAOi2Pm2IB-qJvdZvXlAAjnA7VgrEIUE9OKveP5RIDt5Li4jAfpHy4T8lxYB23nm4ZAPU0sbskAhR5pTJ1aFaJEqgKeV_0_lNg7pFjV-oi8KIzFgqk4_1lCfjP343ukZt1HzM1yc37vympxGxpDDtBk4hLGdvqNTli78eXwYuD4TwHSn3LCZRIDJd_97o6PMlrryOSl2PXDSZJn8M7nydz8_Qzj1idirPZQ2jYHNGXGZwqjUJJNc4a5MGpOWhkbXPyzRljHbNXGqyVDSXJmhfN1MrsUlNh5PYZ6SoB-da31kRzuHla5EqWeInMHRw7xlcDQ9vVWOMv5jAXySi2YSjymwqy2I1gUQKtYe2dNys4MLVy6mDegnJkssPcktw7FsL1Vhs1oLvWTPQYRW9ONBUiQOl9Ja4vP5CKpOA2MZBuNHY-QClSztGI71xGTeEUeXuKdxk7BEBLXqM1gVxNpVuColbeBljh50K5IiLCVtFoo7F5xIUQ6O8rO2a6FnVIjqSgSxzLvTyAoCS_jv4-FDQLeQHFw-p1KaQq-eQvYkgK2D5ybQTAjYK1nORRbLoLT_SJBKI69WF8a';
/** From the same release, after a login without anything optional. */
const FORMAT_1_SPARSE =
  '1 1764000090 fAGHIfiO0P7RTljCeqt4lTEUC-UrHTPFYmxFi0n2hp-4FA4y6JX8cRLv9XesSbWtqX_cwMP0UxUVPZQv41QIPoEJ7MMEnQxAyH4nucEbIsR_VPXePJzO81c0EfEzzlT3ThGVRVFVX2nhjMbS4l2DsIGPRbWJ929rAWCNWQJL241vb6tbSWCpC-9qLWK-cJ-lIyVe-odLbEi1DwF3QCYdeK0VRot9exO-9M-x-gA1q7ayJmYkrZ_3UrK1tkq_qCCI5VaY3wUhULBJS3Piyxln8CS52Fhp2gqJ0JFUrEwPHO_f8lDTRluqnHlMoaVMeaaUzQABw7Dhdp2HaY3oI35u2xTygTKDffh4H_G5RaQHczf210NMt_PY-Gx6dEVQRnWlmGbb4Z9lk2_OKy7TrSQ_onbu-Q-f6RrXok5arbpg1U2PlCrZ6E3aZAL5';
const FORMAT_2 =
  '2 7 1764000090 fAGHIfiOZDyWcYG-wisEjcZYGsLUQdJGxIuAxxXPQ0jOUcaCmTSHiKnETwotvQB4yMPjgMEf5MdHA_CN1Fre4caqjKiSxvEY7ZX44ZxMl7m4hSh73FFAwK0bfH61pWPoaOTn19GllbW5_RyvfylCIU1zxoP71uxh_YFN6sBFoDLBAoljH9ZCmCem49_35ZZWDxTCZq98b9u_jD47FH3eEs2aEIhmOFPoAPPZ64MScy2DVu9OF5-hOpzNKtUUV6EMx6J_8TZ396c7btzJP6fngpKH2ZmPDdiY5p8e6GSbrprXSCE65u7mnzKaQafNsRVVOetK1irRzGoao2wGUI7t6mVTA7Q50b6Dgs1id1y0BJpR4V5xS8_ydWIQuFgDHqcqJ64M2JJiLGKDwTz94J5XihS8lVpj2dfUZHzFW5bW0OgJoqavsxyZLpH7vubwSB06ndWNYbrg4nn0fkwBmKwrCUhknp27CewzxpsZMzDAE1LrPfjkUp6IGBkkIWeVKyJAUcPDpuux0AD_cxErlHL9M3awB7jAYo4mOQEiZTERmfFcY0bndsjOkYKKyHlVHiRzhy-L1yizwx4uq5oW6l9NXbVP4ZFKGBvojp1C7wuARbe1_1pWp4sJk7AbHlvRGfWQbNBSlQGOuLuUcJvOrSYiyBpPeyWAyjGj5eMAkswhO_z3tdTPtRq0E_CKZXCeJocZnKgt1be2pTeSAMJVeI06Cu2AM4G67dfLqQz-d5ymvCmRAsP_YKqBDD47nl-ZRHnUpGD4IYUTY-Pzajgcx4u79n8w3hCF32wRwXoiQ02u2Ik0zMuhj_Wv2argAfu9zaGgp4Vf2vy8sJA_JoEC2dAcTQPqhG4sCYylbNf4xzlO1gX4yFLY_6EmYUujzLUZBdvL9NugOqjBLxl3fk-2KLuhfC8fMq7O4GVEc5nQwFTn0fEHRuJKpbC-WCI3bmwKR6gnAiUDaksmsFVPMs-F5L7bdtzv8xrQrcmwaVHP0ZRsg2KgAkPWCnBt4N0r4e1JavTunD9tpWc9kItKxwr0BmpCSXCoGuxCZCnFVH4KzF-BsC4S2VXHVdt7avWHP0lopVVgkQTiNjZzktM3MCd3o8IjoGycZk4ikAWJsSJdF7ZUIiHHt0kTMbXebeEYhGrM_l76WmoVRAEhrdxISDJ19oOau4C_IFB8XI9EvHQUsB7kbcNnHLOu_XitURhV4UA-nKXIdFfHQvhYtoo9JS8DGp6nUcgxOtC8l6mIfYwC6FUJiXw5bcyD0A_PPTbgoA';

const CONTENT: SessionContent = {
  ...GOLDEN_CONTENT,
  tokens: [
    {
      access_token: 'at-2',
      audience: 'https://reports.example',
      requested: 'read',
      token_type: 'Bearer',
      expires_at: 1764000600,
      expires_in: 600,
    },
  ],
  user_agent: 'Mozilla/5.0',
};

describe('a session as it is stored', () => {
  it('is read in format 1, with the claims of the ID token and of UserInfo as one: what is signed counts', () => {
    assert.deepEqual(decodeSession(NAME, FORMAT_1, cipher), {
      name: NAME,
      content: CONTENT,
      head: '2 ',
      version: 2,
      createdAt: 1764000000,
      touchedAt: 1764000090,
      isOldSeal: false,
    });
  });

  it('is read in format 1 also where that says nothing of the login: it was when the session began', () => {
    assert.deepEqual(decodeSession(SPARSE_NAME, FORMAT_1_SPARSE, cipher), {
      name: SPARSE_NAME,
      content: {
        claims: SIGNED_CLAIMS,
        id_token: ID_TOKEN,
        access_token: 'at-1',
        asked: { at: 1764000090 },
        logins: [],
      },
      head: '1 ',
      version: 1,
      createdAt: 1764000090,
      touchedAt: 1764000090,
      isOldSeal: false,
    });
  });

  it('is read in format 2', () => {
    assert.deepEqual(decodeSession(NAME, FORMAT_2, cipher), {
      name: NAME,
      content: { ...CONTENT, session_expires_at: 1764003600, data: { theme: 'dark' } },
      head: '2 7 ',
      version: 7,
      createdAt: 1764000000,
      touchedAt: 1764000090,
      isOldSeal: false,
    });
  });

  it('is written in the newest format, of which there is a golden value here, and read back as it was', () => {
    const session = { name: NAME, content: CONTENT, version: 3, createdAt: 1764000000, touchedAt: 1764000060 };
    const value = encodeSession(session, cipher);
    assert.match(value, /^2 3 1764000060 [\w-]+$/);
    assert.equal(STORED_FORMAT, 2, 'a new format needs a golden value of its own');
    assert.deepEqual(decodeSession(NAME, value, cipher), { ...session, head: '2 3 ', isOldSeal: false });
  });

  it('is refused as unavailable, not as gone, where a newer release has written it', () => {
    for (const value of [FORMAT_2.replace('2', '3'), FORMAT_2.replace('2', '10'), '3 1 1764000090 other']) {
      assert.throws(
        () => decodeSession(NAME, value, cipher),
        (error) => {
          assert.ok(error instanceof SessionUnreadableError);
          assert.deepEqual([error.status, error.code], [503, 'SESSION_UNREADABLE']);
          assert.match((error.cause as Error).message, /format (3|10)$/);
          return true;
        },
      );
    }
  });

  it('is none of ours where the value was changed, or is of another session', () => {
    for (const value of [FORMAT_1, FORMAT_2]) {
      assert.equal(decodeSession(SPARSE_NAME, value, cipher), undefined);
      const otherFormat = value === FORMAT_1 ? `2 ${value}` : value.slice(2);
      const changed = [otherFormat, `${value.slice(0, -2)}AA`, value.slice(0, -8), `${value} `, `x${value}`];
      for (const other of changed) assert.equal(decodeSession(NAME, other, cipher), undefined, other.slice(-20));
    }
    for (const garbage of ['', ' ', 'garbage', '2', '2 1 1764000090 ', '2 1 1764000090 AAAA', '{"cookie":{}}']) {
      assert.equal(decodeSession(NAME, garbage, cipher), undefined, garbage);
    }
  });

  it('cannot be read, which is not gone, where another secret has sealed it', () => {
    const foreign = createSessionCipher(['another-secret-than-that-of-the-values']);
    for (const value of [FORMAT_1, FORMAT_2]) {
      assert.throws(() => decodeSession(NAME, value, foreign), UnknownSecretError);
    }
  });

  it('is opened by a secret on its way out, and says so', () => {
    const rotated = createSessionCipher(['the-secret-of-the-golden-values-2', 'the-secret-of-the-golden-values-1']);
    for (const value of [FORMAT_1, FORMAT_2]) assert.equal(decodeSession(NAME, value, rotated)?.isOldSeal, true);
  });
});
