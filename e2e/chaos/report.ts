import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What must not happen. Any of these makes the run end with exit code 1. */
const BREACHES = ['lost', 'wrong', 'resurrected', 'unexpected'] as const;

/** Counts what happens, reports every breach at once, and prints everything at the end. */
export class Report {
  readonly #began = performance.now();
  readonly #counts = new Map<string, number>();
  readonly #answered: number[] = [];
  readonly #unavailable: number[] = [];
  readonly #lag = monitorEventLoopDelay();

  constructor() {
    this.#lag.enable();
  }

  count(what: string): void {
    this.#counts.set(what, this.#of(what) + 1);
  }

  #of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  answer(status: number, ms: number): void {
    (status === 503 ? this.#unavailable : this.#answered).push(ms);
  }

  breach(kind: (typeof BREACHES)[number], what: string): void {
    this.count(kind);
    this.note(`${kind.toUpperCase()}: ${what}`);
  }

  note(text: string): void {
    const seconds = ((performance.now() - this.#began) / 1000).toFixed(2);
    process.stdout.write(`${seconds.padStart(7)} s  ${text}\n`);
  }

  get isClean(): boolean {
    return BREACHES.every((kind) => this.#of(kind) === 0);
  }

  print(): void {
    const n = (what: string) => `${this.#of(what)} ${what}`;
    const text = `
  answers      ${this.#answered.length}; p50 ${ms(this.#answered, 0.5)}, p99 ${ms(this.#answered, 0.99)}
  503          ${n('while Redis was away')}, ${n('of a process just started')}; p99 ${ms(this.#unavailable, 0.99)}, slowest ${ms(this.#unavailable, 1)}
  no answer    ${n('from a process that was ended')}
  logins       ${n('finished')} (${n('with the callback sent again')}), ${n('begun again after a fault')}
  logouts      ${n('done')}, ${n('asked for again after a fault')}
  faults       ${['web killed', 'web stopped', 'redis paused', 'redis killed', 'secret changed'].map(n).join(', ')}
  machine      kept this test waiting for ${Math.round(this.#lag.max / 1e6)} ms at most
  at the end   ${n('sessions signed in')}, ${n('old cookies tried')}

  lost sessions         ${this.#of('lost')}
  wrong users           ${this.#of('wrong')}
  resurrected sessions  ${this.#of('resurrected')}
  unexpected            ${this.#of('unexpected')}
`;
    process.stdout.write(`${text}\n${this.isClean ? 'Nothing was lost.' : 'Something is wrong: see above.'}\n`);
  }
}

function ms(times: readonly number[], share: number): string {
  const value = times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * times.length) - 1)];
  return value === undefined ? '-' : `${Math.round(value)} ms`;
}
