// What `signIn` needs from the clients of tests, so that this package does not depend on theirs.

/** The part of `fetch` that we use. It has to keep cookies, and must not follow redirects when told not to. */
export type FetchLike = (
  url: string,
  init: { redirect: 'manual'; headers: Record<string, string> },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

/** The part of supertest's and superagent's agents that we use. */
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

/** The part of Playwright's `Page` that we use. */
export interface PageLike {
  goto(url: string): Promise<unknown>;
  url(): string;
  fill(selector: string, value: string): Promise<unknown>;
  press(selector: string, key: string): Promise<unknown>;
  innerText(selector: string): Promise<string>;
  waitForResponse(predicate: (response: PageResponse) => boolean): Promise<PageResponse>;
  waitForURL(predicate: (url: URL) => boolean): Promise<unknown>;
}
