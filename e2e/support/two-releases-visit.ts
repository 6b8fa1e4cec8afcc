import assert from 'node:assert/strict';
import { postJson } from './foreign-stack.ts';
import type { HttpClient } from './http-client.ts';
import type { Side } from './two-releases.ts';

export const JSON_ONLY = { accept: 'application/json' };

/** Who is signed in, as the host tells it. */
export interface Me {
  readonly sub: string;
  readonly email: string;
  readonly id: string;
  readonly createdAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Checks the status of an answer and returns its JSON. */
export async function bodyOf<T>(answer: Response, status = 200): Promise<T> {
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return JSON.parse(text) as T;
}

export const meAt = async (client: HttpClient, { url }: Side) => bodyOf<Me>(await client.get(`${url}/me`, JSON_ONLY));
export const save = async (client: HttpClient, { url }: Side, fields: object) =>
  bodyOf<Me['data']>(await postJson(client, `${url}/data`, fields));
export const statusAt = async (client: HttpClient, { url }: Side) => (await client.get(`${url}/me`, JSON_ONLY)).status;
