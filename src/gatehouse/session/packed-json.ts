import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** More than this must not be packed, as it is not unpacked: something small could become huge. */
export const MAX_JSON_BYTES = 16 * 1024;

/** JSON has line breaks and tabs as escapes only: here they mark bytes that follow (how many), and a part of a JWT. */
const MARKED = /\n(\d+)\n|\t([^\t]*)\t/g;
const LENGTH_BYTES = 4;

/**
 * Makes JSON that carries tokens smaller: deflates it (RFC 1951), and first takes out base64url, which no compression
 * gets below the bytes that it stands for. The JSON of JWTs is deflated with the rest. Signatures, keys and opaque
 * tokens follow as bytes, even where they would deflate (hexadecimal): if a secret is compressed beside text that
 * somebody else chose, the length tells when the two are alike (CRIME).
 */
export function packJson(json: string): Buffer {
  const random: Buffer[] = [];
  // Four characters are three bytes, whatever they say; up to three are left over.
  const text = json.replace(/(?:[\w-]{4}){6,}/g, (run) => {
    // Lower-case letters alone are words.
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

/** What `packJson` was given. Only for data of our own: forged data could mean anything. @throws RangeError */
export function unpackJson(packed: Buffer): string {
  let at = LENGTH_BYTES + packed.readUInt32BE();
  const text = inflateRawSync(packed.subarray(LENGTH_BYTES, at), { maxOutputLength: MAX_JSON_BYTES }).toString();
  return text.replace(MARKED, (_, length: string | undefined, part: string) => {
    if (length === undefined) return Buffer.from(part).toString('base64url');
    return packed.toString('base64url', at, (at += Number(length)));
  });
}
