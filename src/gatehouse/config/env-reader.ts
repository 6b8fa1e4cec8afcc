/** Environment variables, as `process.env` has them. No file is read; a blank value counts as not set. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Where a variable came from, and what is wrong with it that its value no longer shows. */
export interface Origin {
  /** Such as `in .env`. */
  readonly where: string;
  readonly fault?: string | undefined;
}

/** Under this key an `Env` may know the origin of its variables, which problems then name. Copies by `...` keep it. */
const ORIGIN = Symbol('origin');
type KnownEnv = Env & { readonly [ORIGIN]?: (name: string) => Origin | undefined };

export function withOrigins(env: Env, originOf: (name: string) => Origin | undefined): Env {
  return { ...env, [ORIGIN]: originOf };
}

/** `env` with the origins that `known` has for its variables. */
export function withOriginsOf(known: Env, env: Env): Env {
  const originOf = (known as KnownEnv)[ORIGIN];
  return originOf ? withOrigins(env, originOf) : env;
}

/** Thrown at the start when a configuration cannot be used, with every problem in its message. It has no `code`. */
export class ConfigError extends Error {
  /** One line per variable: its name, what is wrong, what to write. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(['Configuration:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Turns the text of a variable into its value; throws an `Error` whose message says what to write. */
export type Parse<T> = (text: string) => T;

/** Sample values from documentation that people paste and forget to replace. */
const PLACEHOLDER = /^["'<{]*your[-_ ]?(app|auth0|client|domain|secret|tenant)|change.?me|openssl rand|^<.*>$/i;

/** Docker's `--env-file` and most dashboards take quotes as part of the value. No value of ours has any. */
export const QUOTED = /^(["'`])[^]*\1$/;

/** Reads variables one by one and collects every problem, so that a configuration can be fixed in one go. */
export class EnvReader {
  /** Every name that was asked for: `.env.example` is tested against it. */
  readonly asked = new Set<string>();
  /** What works, but deserves a word at start, one line each. */
  readonly warnings: string[] = [];
  readonly #env: KnownEnv;
  readonly #problems = new Map<string, string>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** The value of `name`, or `fallback` where it is not set or wrong. */
  optional<T, F = undefined>(name: string, parse: Parse<T>, fallback?: F): T | F {
    const text = this.#text(name);
    if (text === undefined) return fallback as F;
    try {
      if (text.length > 1 && QUOTED.test(text))
        throw new Error('has quotes around it that count as part of it; take them off');
      if (PLACEHOLDER.test(text)) throw new Error('still holds the sample text; write the real value');
      return parse(text);
    } catch (error) {
      this.problem(name, (error as Error).message);
      return fallback as F;
    }
  }

  /**
   * The value of `name`. If it is not set or wrong, the problem is kept and `undefined` is returned, typed as the
   * value: `done()` throws before anybody can use it.
   */
  required<T>(name: string, parse: Parse<T>, hint: string): T {
    if (this.#text(name) === undefined) this.problem(name, `is not set; ${hint}`);
    return this.optional<T, undefined>(name, parse) as T;
  }

  isSet(name: string): boolean {
    return this.#text(name) !== undefined;
  }

  /** Where the value of `name` came from, as words to follow its name; empty where that is not known. */
  where(name: string): string {
    const where = this.#env[ORIGIN]?.(name)?.where;
    return where === undefined ? '' : ` ${where}`;
  }

  /** Notes what is wrong with `name` and what to write. The first problem of a variable is kept. */
  problem(name: string, what: string): void {
    if (!this.#problems.has(name)) this.#problems.set(name, what);
  }

  /** @throws ConfigError if anything that was read is missing, malformed or contradictory. */
  done(): void {
    if (this.#problems.size === 0) return;
    throw new ConfigError([...this.#problems].map(([name, what]) => `${name}${this.where(name)} ${what}`));
  }

  #text(name: string): string | undefined {
    this.asked.add(name);
    const fault = this.#env[ORIGIN]?.(name)?.fault;
    if (fault !== undefined) this.problem(name, fault);
    return this.#env[name]?.trim() || undefined;
  }
}
