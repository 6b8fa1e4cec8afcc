import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** For who packs: more than this is not unpacked. What is small could become huge. */
export const MAX_JSON_BYTES = 16 * 1024;

/** JSON has line breaks and tabs as escapes only: here they mark so many bytes that follow behind, and a part of a JWT. */
const MARKED = /\n(\d+)\n|\t([^\t]*)\t/g;
const LENGTH_BYTES = 4;

/**
 * Makes JSON that carries tokens smaller: deflates it (RFC 1951), and takes base64url, which no compression gets below the
 * bytes that it stands for, apart first. The JSON of JWTs is deflated with the rest. Signatures, keys and tokens without a
 * meaning follow as bytes, also where they would deflate (hexadecimal): of a secret that is compressed beside what somebody
 * else has chosen, the length tells when the two are alike (CRIME).
 */
export function packJson(json: string): Buffer {
  const random: Buffer[] = [];
  // Four characters are three bytes, whatever they say; up to three are left over.
  const text = json.replace(/(?:[\w-]{4}){6,}/g, (run) => {
    // Small letters alone are words.
    if (!/[A-Z\d]/.test(run)) return run;
    const bytes = Buffer.from(run, 'base64url');
    const part = bytes.toString();
    if (run.startsWith('eyJ') && !/[\n\t]/.test(part) && bytes.equals(Buffer.from(part))) return `\t${part}\t`;
    random.push(bytes);
    return `\n${bytes.length}\n`;
  });
  const deflated = deflateRawSync(text);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(deflated.length);
  return Buffer.concat([length, deflated, ...random]);
}

/** What `packJson` was given. For what comes from us only: whoever made it up could make it mean anything. @throws RangeError */
export function unpackJson(packed: Buffer): string {
  let at = LENGTH_BYTES + packed.readUInt32BE();
  const text = inflateRawSync(packed.subarray(LENGTH_BYTES, at), { maxOutputLength: MAX_JSON_BYTES }).toString();
  return text.replace(MARKED, (_, length: string | undefined, part: string) => {
    if (length === undefined) return Buffer.from(part).toString('base64url');
    return packed.toString('base64url', at, (at += Number(length)));
  });
}
