/** Everything that `gatehouse/testing` exports, for tests of host apps. */
export { fetchWithCookies, type FetchWithCookies } from './fetch-with-cookies.ts';
export type { AgentLike, FetchLike, PageLike } from './clients.ts';
export { signIn, type SignInOptions } from './sign-in.ts';
export type { TestUser } from './test-user.ts';
export { startProvider, type TestProvider, type TestProviderOptions } from './start-provider.ts';
