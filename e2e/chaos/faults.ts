import { setTimeout as delay } from 'node:timers/promises';
import { isReadyWithin, type Programs, type Restartable } from './programs.ts';
import type { Report } from './report.ts';

/** A time in which a web process could not serve: from the fault until the process itself says that it is ready. */
interface Fault {
  readonly kind: 'web killed' | 'web stopped' | 'redis paused' | 'redis killed';
  readonly web: Restartable;
  readonly from: number;
  to: number;
}

/** Makes processes and Redis fail, side by side, and knows which of these failures a request met. */
export class Faults {
  readonly #all: Fault[] = [];
  readonly #programs: Programs;
  readonly #report: Report;

  constructor(programs: Programs, report: Report) {
    this.#programs = programs;
    this.#report = report;
  }

  /** Returns the faults that a request to this process met between `from` and `to` (`performance.now()`). */
  met(web: Restartable, from: number, to: number): Fault[] {
    return this.#all.filter((fault) => fault.web === web && fault.from <= to && fault.to >= from);
  }

  /** Ends with everything running and recovered. */
  async makeUntil(untilMs: number, random: (actor: string) => () => number): Promise<void> {
    const loop = async (next: () => number, strike: (next: () => number) => Promise<void>) => {
      while (performance.now() < untilMs) {
        await delay(500 + 2000 * next());
        await strike(next);
      }
    };
    await Promise.all([
      loop(random('web faults'), (next) => this.#strikeWebs(next)),
      loop(random('redis faults'), (next) => this.#strikeRedis(next)),
    ]);
  }

  /** Kills or stops one web process, seldom two or all of them, and starts them again. */
  async #strikeWebs(next: () => number): Promise<void> {
    const count = [1, 1, 1, 1, 1, 1, 1, 2, 2, 3][Math.floor(10 * next())] ?? 1;
    const first = Math.floor(3 * next());
    const { webs } = this.#programs;
    const victims = [...webs, ...webs].slice(first, first + count);
    const plans = victims.map((web) => ({ web, isKill: next() < 0.5, downMs: 1000 * next() * next() }));
    const strike = async ({ web, isKill, downMs }: (typeof plans)[number]) => {
      const met = this.#begin(isKill ? 'web killed' : 'web stopped', [web]);
      const code = await web.end(isKill ? 'SIGKILL' : 'SIGTERM');
      if (!isKill && code !== 0) this.#report.breach('unexpected', `${web.name}: ${code} on SIGTERM`);
      await delay(downMs);
      await web.start();
      await this.#recover(met);
    };
    await Promise.all(plans.map(strike));
  }

  /** Pauses Redis, or kills it and starts it again with what it has on disk. */
  async #strikeRedis(next: () => number): Promise<void> {
    const { redis, webs } = this.#programs;
    const isKill = next() < 0.5;
    const met = this.#begin(isKill ? 'redis killed' : 'redis paused', webs);
    if (isKill) await redis.end('SIGKILL');
    else redis.signal('SIGSTOP');
    await delay(isKill ? 2000 * next() * next() : 300 + 1700 * next());
    if (isKill) await redis.start();
    else redis.signal('SIGCONT');
    await this.#recover(met);
  }

  #begin(kind: Fault['kind'], webs: readonly Restartable[]): Fault[] {
    this.#report.count(kind);
    const met = webs.map((web) => ({ kind, web, from: performance.now(), to: Infinity }));
    this.#all.push(...met);
    return met;
  }

  async #recover(met: readonly Fault[]): Promise<void> {
    const recover = async (fault: Fault) => {
      const isReady = await isReadyWithin(fault.web, 20_000);
      if (!isReady) this.#report.breach('unexpected', `${fault.web.name} is not ready after: ${fault.kind}`);
      fault.to = performance.now();
    };
    await Promise.all(met.map(recover));
  }
}
