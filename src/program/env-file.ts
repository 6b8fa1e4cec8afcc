import { readFileSync } from 'node:fs';
import dotenv from 'dotenv';
import { ConfigError } from '../gatehouse/config/env-reader.ts';

export interface EnvFile {
  readonly values: Readonly<Record<string, string>>;
  /** Names of unquoted values with a `#` of their own: dotenv takes it and the rest for a comment. */
  readonly cut: ReadonlySet<string>;
}

/** Replaces a `#` that begins no comment, so that dotenv reads on. Nobody writes this character. */
const STAND_IN = '\u{F8FF}';

/** Reads a file of variables, in UTF-8 or UTF-16; empty without a file. @throws ConfigError if it cannot be read */
export function readEnvFile(path: string): EnvFile {
  const text = decode(path, readBytes(path));
  const values = dotenv.parse(text);
  // A comment has a space before it. A closing quote ends a value, so a "#" after it cuts nothing off.
  const whole = dotenv.parse(text.replaceAll(/(?<=\S)#/g, STAND_IN));
  const isCut = (name: string) => {
    const value = whole[name]?.replaceAll(STAND_IN, '#');
    return value !== values[name] && !/^(["'`]).*\1/s.test(value ?? '');
  };
  return { values, cut: new Set(Object.keys(values).filter(isCut)) };
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return Buffer.alloc(0);
    const what = code === 'EISDIR' ? 'is a folder; make it a file' : `cannot be read (${code}); let this user read it`;
    throw new ConfigError([`${path} ${what}`]);
  }
}

/** PowerShell's `>` writes UTF-16. Windows editors put a byte order mark before UTF-8; the decoder removes it. */
function decode(path: string, bytes: Buffer): string {
  const [first, second] = bytes;
  const isLittle = (first === 0xff && second === 0xfe) || second === 0;
  const isBig = (first === 0xfe && second === 0xff) || first === 0;
  const encoding = isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8';
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.includes('\0')) throw new ConfigError([`${path} is not a text file; save it as UTF-8`]);
  return text;
}
