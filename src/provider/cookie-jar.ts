/** The cookies of one origin by name, whatever their paths: enough for one person who clicks through one app. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  /** The `Cookie` header; empty if there are no cookies. */
  get header(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  /** Keeps the cookies that a response sets, and drops those that it clears. */
  keep({ headers }: Pick<Response, 'headers'>): void {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const [, maxAge] = /; *max-age=(-?\d+)/i.exec(line) ?? [];
      const [, expires] = /; *expires=([^;]+)/i.exec(line) ?? [];
      const isOver = maxAge === undefined ? Date.parse(expires ?? '') <= Date.now() : Number(maxAge) <= 0;
      if (isOver) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}
