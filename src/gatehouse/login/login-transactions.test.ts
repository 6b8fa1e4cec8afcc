import assert from 'node:assert/strict';
import { it } from 'node:test';
import { cookieLines } from '../platform/cookies.ts';
import { UnknownSecretError } from '../platform/secret-id.ts';
import { loginTransactions } from './login-transactions.ts';

const HOUR_MS = 3_600_000;
const [OLD, NEW] = ['old-secret-'.repeat(4), 'new-secret-'.repeat(4)];

/** Logins as the browser's cookies carry them. */
function transactions(now: () => number = Date.now, secrets = [NEW]) {
  const lines = cookieLines({ baseUrl: 'http://localhost:5000', basePath: '' });
  const { begin, find } = loginTransactions({ cookieName: 'txn', secrets, lines }, { now });
  return {
    begin: (state: string, header = '') =>
      begin(header, { state, value: 'value.signature' }).map((line) => line.split(';', 1)[0] ?? ''),
    valueOf: (state: string, header: string) => find(header, state)?.value,
  };
}

it('the login of this state is found, and no other', () => {
  const { begin, valueOf } = transactions();
  const [one, two] = [begin('1'), begin('2')];
  assert.equal(valueOf('1', `a=b; ${one.join()}; ${two.join()}`), 'value.signature');
  assert.equal(valueOf('3', `${one.join()}; ${two.join()}; txn=forged`), undefined);
});

it('a login that took more than an hour is none', () => {
  let now = Date.now();
  const { begin, valueOf } = transactions(() => now);
  const cookie = begin('1').join();
  now += HOUR_MS;
  assert.equal(valueOf('1', cookie), 'value.signature');
  now += 2000;
  assert.equal(valueOf('1', cookie), undefined);
});

it('what was changed is none of ours; a secret on its way out still counts', () => {
  const cookie = transactions(Date.now, [OLD]).begin('1').join();
  const { valueOf } = transactions(Date.now, [NEW, OLD]);
  assert.equal(valueOf('1', cookie), 'value.signature');
  for (const forged of [
    cookie.replace('value', 'other'),
    cookie.replace(/txn\.\w+/, 'txn.zzzzzz'),
    cookie.replace(/\.[\w-]+=/, '.AAAAAAAAAAAAAAAAAAAAAA='),
    cookie.replace(/\.[\w-]+=/, '='),
  ]) {
    assert.equal(valueOf('1', forged), undefined, forged);
  }
  // The cookie may come from a process that is a step ahead in a rollout.
  assert.throws(() => transactions().valueOf('1', cookie), UnknownSecretError);
});

it('more than eight at a time are too many: the oldest is cleared', () => {
  let now = Date.now();
  const { begin } = transactions(() => now);
  const pending = Array.from({ length: 8 }, (_, n) => {
    now += 1000;
    return begin(String(n)).join();
  });
  const lines = begin('8', pending.toReversed().join('; '));
  assert.deepEqual(lines.slice(0, -1), [`${pending[0]?.split('=', 1)[0]}=`]);
});

it('of hundreds that somebody else has put there, an answer clears a few', () => {
  const { begin } = transactions();
  const planted = Array.from({ length: 300 }, (_, n) => `txn.${n}.x.y=z`).join('; ');
  assert.equal(begin('1', planted).length, 5);
});

it('cookies with longer names than ours are none of ours, and an answer has no room to clear them', () => {
  const { begin } = transactions();
  const planted = Array.from({ length: 20 }, (_, n) => `txn.${n}.${'x'.repeat(500)}=z`).join('; ');
  assert.equal(begin('1', planted).length, 1);
});

it('a second cookie of the same name, or one without a name, takes the place of none', () => {
  const { begin, valueOf } = transactions();
  const ours = begin('1').join();
  const name = ours.slice(0, ours.indexOf('='));
  for (const header of [`${ours}; ${name}=other`, `${name}=other; ${ours}`, `${name}X; ${ours}; ${name}X`]) {
    assert.equal(valueOf('1', header), 'value.signature', header);
  }
  assert.equal(valueOf('1', `\u00a0${ours}`), undefined);
  assert.equal(valueOf('1', `\t ${ours} \t`), 'value.signature');
});
