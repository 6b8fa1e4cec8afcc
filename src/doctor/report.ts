import type { Check } from './check.ts';

const MARKS = { ok: '✔', warning: '!', failed: '✖', skipped: '–' } as const;

/** Whether logins can work: nothing failed. */
export function isHealthy(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== 'failed');
}

/** `checks` with all `secrets` hidden, even where a server's own words repeat one. */
export function withoutSecrets(checks: readonly Check[], secrets: readonly string[]): Check[] {
  // Longest first, since one may be part of another.
  const byLength = secrets.toSorted((a, b) => b.length - a.length);
  const hide = (text: string) => byLength.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text);
  return checks.map(({ name, message, mend, status }) => ({
    ...{ name, status, message: hide(message) },
    ...(mend !== undefined && { mend: hide(mend) }),
  }));
}

/** For people: a line for each check, with its remedy below, and then the verdict. */
export function asText(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, message, mend }) => [
    `${MARKS[status]} ${name.padEnd(width)}  ${message}`,
    ...(mend ? [`  ${' '.repeat(width)}  → ${mend}`] : []),
  ]);
  const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
  const warnings = count('warning');
  const verdict = isHealthy(checks) ? 'Logins can work' : 'Logins cannot work yet';
  return [
    ...lines,
    '',
    `${verdict}: ${count('failed')} failed, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`,
    '',
  ].join('\n');
}

/** For programs: one document; `mend` is null if there is nothing to mend. */
export function asJson(checks: readonly Check[]): string {
  const rows = checks.map(({ name, status, message, mend = null }) => ({ name, status, message, mend }));
  return `${JSON.stringify({ healthy: isHealthy(checks), checks: rows }, null, 2)}\n`;
}
