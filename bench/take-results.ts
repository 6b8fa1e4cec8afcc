import { type Bench, measureLatency, measureLoginCycles, measureViews, warmUp } from './measure.ts';
import { progress } from './progress.ts';
import { measureRedisCost } from './redis-cost.ts';
import { describeMachine, forEachContestant, type Results } from './results.ts';
import { VIEW_KINDS } from './views.ts';

/** Runs the whole benchmark, one measurement after the other. */
export async function takeResults(bench: Bench, warmUpMs: number): Promise<Results> {
  const { stage, signedIn, plan, answers } = bench;
  progress('warms up');
  await warmUp(bench, VIEW_KINDS, warmUpMs);
  const redisPerView = await forEachContestant((name) =>
    measureRedisCost(stage.redis, stage.contestants[name], bench.views.json, answers),
  );
  progress('Redis counted');
  const views = await measureViews(bench, VIEW_KINDS);
  const latency = await measureLatency(bench);
  // Logins come last, because they empty Redis.
  const login = await measureLoginCycles(bench);
  const rssBytes = await forEachContestant(async (name) => (await stage.contestants[name].usage()).rssBytes);
  const { checked, wrong } = answers;
  return {
    ...{ takenAt: new Date().toISOString(), machine: describeMachine(), plan, views, login },
    ...{ redisPerView, session: signedIn.sessions, latency, rssBytes, answers: { checked, wrong } },
  };
}
