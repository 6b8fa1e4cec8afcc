/** The cookies of one origin by name, whatever their paths: enough for one person who clicks through one app. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  /** The `Cookie` header. Empty where there is none. */
  get header(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  /** Takes in what an answer sets, and drops what it takes away. */
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
