// What `signIn` needs of the clients of tests, so that this package speaks of none of their packages.

/** As much of `fetch` as is used. It has to keep cookies, and to leave redirects alone when it is told so. */
export type FetchLike = (
  url: string,
  init: { redirect: 'manual'; headers: Record<string, string> },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** As much of supertest's and superagent's agents as is used. */
export interface AgentLike {
  get(url: string): {
    redirects(count: number): PromiseLike<{
      readonly status: number;
      readonly headers: Readonly<Record<string, unknown>>;
      readonly text: string;
    }>;
  };
}

interface PageResponse {
  url(): string;
  status(): number;
}

/** As much of Playwright's `Page` as is used. */
export interface PageLike {
  goto(url: string): Promise<unknown>;
  url(): string;
  fill(selector: string, value: string): Promise<unknown>;
  press(selector: string, key: string): Promise<unknown>;
  innerText(selector: string): Promise<string>;
  waitForResponse(predicate: (response: PageResponse) => boolean): Promise<PageResponse>;
  waitForURL(predicate: (url: URL) => boolean): Promise<unknown>;
}
