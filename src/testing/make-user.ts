import { USERS_PATH } from '../provider/paths.ts';
import type { TestUser } from './test-user.ts';

/** Makes `user` at the provider of this sign-in page. Returns credentials that it accepts once. @throws Error */
export async function makeUser(page: URL, user: TestUser): Promise<{ username: string; password: string }> {
  const response = await fetch(new URL(USERS_PATH, page), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
    redirect: 'manual',
  });
  if (response.status === 201) return (await response.json()) as { username: string; password: string };
  const { error } = (await response.json().catch(() => ({}))) as { error?: string };
  throw new Error(
    response.status === 400 && error !== undefined
      ? `the provider cannot make this user: ${error}`
      : `the provider at ${page.origin} makes no users on the spot (HTTP ${response.status}); use startProvider() or gatehouse provider`,
  );
}
