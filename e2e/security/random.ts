import { createHash } from 'node:crypto';

export type Random = ReturnType<typeof createRandom>;

/** Random choices that are the same for the same seed. */
export function createRandom(seed: number) {
  let count = 0;
  const next = (): number => {
    const hash = createHash('sha256')
      .update(`${seed} ${(count += 1)}`)
      .digest();
    return hash.readUInt32LE() / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  return {
    below,
    pick,
    chance: (share: number) => next() < share,
    /** Any bytes that a header may carry, and some that it may not. */
    junk: (length: number) => Array.from({ length: below(length) }, () => String.fromCharCode(below(256))).join(''),
    /** The text with a few characters changed, dropped, doubled or put elsewhere. */
    mutate: (text: string) => {
      const characters = [...text];
      for (let times = 1 + below(3); times > 0; times -= 1) {
        const at = below(characters.length + 1);
        const change = below(4);
        if (change === 0) characters[at] = String.fromCharCode(33 + below(94));
        else if (change === 1) characters.splice(at, 1 + below(4));
        else if (change === 2) characters.splice(at, 0, ...characters.slice(at, at + 8));
        else characters.splice(at, 0, pick(['%00', '..', '/', '\\', '%2e', '=', ';', '"', 'é', '\u00a0']));
      }
      return characters.join('');
    },
  };
}
