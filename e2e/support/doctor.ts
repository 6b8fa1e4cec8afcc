import assert from 'node:assert/strict';
import { startProgram } from './program.ts';

/** Secrets of the tests that no report may show. */
export const REDIS_PASSWORD = 'redis-password-of-the-tests-and-of-nobody-else';
export const WRONG_SECRET = 'another-client-secret-that-the-provider-never-saw';
export const AUDIENCE = 'https://api.gatehouse.test';

export interface Row {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly mend: string | null;
}

/** What `npm run doctor` says, and its exit code. */
export async function runDoctor(env: Record<string, string>, ...args: string[]) {
  const program = startProgram(process.execPath, ['dist/doctor.js', ...args], { env });
  return { code: await program.ended, output: program.output() };
}

/** The doctor's rows by name. Whatever the doctor finds, it shows no secret and says how to mend the finding. */
export async function examine(env: Record<string, string>) {
  const { code, output } = await runDoctor(env, '--json');
  const { healthy, checks } = JSON.parse(output) as { healthy: boolean; checks: Row[] };
  const secrets = [env['AUTH0_CLIENT_SECRET'], env['AUTH0_SECRET'], REDIS_PASSWORD, WRONG_SECRET];
  for (const secret of secrets) assert.ok(!secret || !output.includes(secret), `a secret is in ${output}`);
  for (const { name, status, mend } of checks) {
    assert.equal(Boolean(mend), status === 'failed' || status === 'warning', `the mend of ${name}`);
  }
  assert.equal(code, healthy ? 0 : 1);
  const of = (status: string) => checks.filter((row) => row.status === status).map(({ name }) => name);
  const row = (name: string) => {
    const found = checks.find((check) => check.name === name);
    assert.ok(found, `no check ${name} in ${output}`);
    return found;
  };
  return { code, failed: of('failed'), warnings: of('warning'), row };
}
