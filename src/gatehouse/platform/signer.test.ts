import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSigner } from './signer.ts';

const [OLD, NEW] = ['an old secret of thirty-two characters', 'a new secret of thirty-two characters!'] as const;

describe('a signature', () => {
  it('is by the first secret, and one by any of them counts', () => {
    const signature = createSigner([OLD], 'purpose').sign('text');
    const rotated = createSigner([NEW, OLD], 'purpose');
    assert.equal(rotated.isSigned('text', signature), true);
    assert.equal(createSigner([NEW], 'purpose').isSigned('text', signature), false);
    assert.equal(createSigner([NEW], 'purpose').isSigned('text', rotated.sign('text')), true);
  });

  it('is for one text and one purpose, whole and unchanged', () => {
    const signer = createSigner([NEW], 'purpose');
    const signature = signer.sign('text');
    assert.match(signature, /^[\w-]{47}$/);
    for (const other of ['', signature.slice(0, -1), `${signature}=`, signature.toLowerCase(), 'ä'.repeat(43)]) {
      assert.equal(signer.isSigned('text', other), false, other);
    }
    assert.equal(signer.isSigned('texts', signature), false);
    assert.equal(createSigner([NEW], 'another purpose').isSigned('text', signature), false);
  });

  it('names its secret, so that one of another process is told from a forged one', () => {
    const signature = createSigner([OLD], 'purpose').sign('text');
    const other = createSigner([NEW], 'purpose');
    assert.equal(other.otherSecretOf(signature), signature.slice(0, 4));
    assert.equal(createSigner([OLD], 'another purpose').sign('text').slice(0, 4), signature.slice(0, 4));
    assert.equal(createSigner([NEW, OLD], 'purpose').otherSecretOf(signature), undefined);
    for (const forged of ['', 'forged', signature.slice(1), other.sign('another text')]) {
      assert.equal(other.otherSecretOf(forged), undefined, forged);
    }
  });

  it('may be cut, for a cookie that has to be small', () => {
    const signer = createSigner([NEW], 'purpose', { length: 22 });
    assert.match(signer.sign('text'), /^[\w-]{26}$/);
    assert.equal(signer.isSigned('text', signer.sign('text')), true);
    assert.equal(signer.isSigned('text', createSigner([NEW], 'purpose').sign('text')), false);
  });
});
