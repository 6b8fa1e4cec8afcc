import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Parse } from './env-reader.ts';
import { orSay } from './parsers.ts';

/** `REDIS_CA`: certificates as PEM, or the path of a file that holds them. Newlines may be written as `\n`. */
export const authority: Parse<string> = (value) => {
  const hint = 'is neither a PEM nor the path of a readable file; write the certificate of the authority, or its path';
  const pem = value.includes('-----BEGIN')
    ? value.replaceAll('\\n', '\n')
    : orSay(hint, () => readFileSync(value, 'utf8'));
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [''];
  orSay('holds no certificate that can be read; write one as PEM, -----BEGIN CERTIFICATE-----', () =>
    certificates.forEach((certificate) => new X509Certificate(certificate)),
  );
  return pem;
};

/** `REDIS_PASSWORD_FILE`: the path of a file that holds a password at this moment. */
export const passwordFile: Parse<string> = (path) => {
  const hint = 'is not the path of a readable file; write the path of the one that holds the password';
  const password = orSay(hint, () => readFileSync(path, 'utf8')).trim();
  if (!password) throw new Error('is the path of an empty file; write the password into it');
  return path;
};

/** The password in the file, without blanks around it. Rejects where the file cannot be read. */
export async function passwordIn(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).trim();
}
