import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { createHttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { signIn } from '../support/sign-in.ts';
import { type Stack, startStack } from '../support/stack.ts';

const [, watch = ''] = readFileSync('docs/operations.md', 'utf8').split('## What to watch');
const rules = readFileSync('deploy/prometheus/gatehouse.rules.yaml', 'utf8');
const dashboard = readFileSync('deploy/grafana/gatehouse.json', 'utf8');

const namesIn = (text: string) => new Set(text.match(/\b(gatehouse|http|nodejs|process)_[a-z0-9_]+[a-z0-9]\b/g));

describe('metrics, after a login and a call of the API', () => {
  let stack: Stack;
  let lines: string[];
  let names: Set<string>;
  /** The samples of a metric, by its labels. */
  const samplesOf = (name: string) =>
    Object.fromEntries(
      lines
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .map((line) => [/\{(.*)\}/.exec(line)?.[1] ?? '', Number(line.split(' ').at(-1))]),
    );
  before(async () => {
    const [metrics = 0] = await freePorts(1);
    stack = await startStack({ redis: true, env: { METRICS_PORT: String(metrics) } });
    const client = createHttpClient();
    assert.equal((await signIn(client, `${stack.webUrl}/protected`)).status, 200);
    await client.get(`${stack.webUrl}/logout`);
    lines = (await (await fetch(`http://localhost:${metrics}/metrics`)).text()).split('\n');
    names = new Set(lines.flatMap((line) => /^# TYPE (\S+)|^([a-z0-9_]+)/.exec(line)?.slice(1).filter(Boolean) ?? []));
  });
  after(() => stack.stop());

  it('are all there that docs, alerts and dashboard name', () => {
    for (const text of [watch, rules, dashboard]) {
      const named = [...namesIn(text)];
      assert.ok(named.length > 5);
      assert.deepEqual(
        named.filter((name) => !names.has(name)),
        [],
      );
    }
  });

  it('are all in the docs, but for those of prom-client', () => {
    const rows = [...watch.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
    const own = lines.flatMap((line) => /^# TYPE ((?:gatehouse|http)_\S+)/.exec(line)?.[1] ?? []);
    assert.ok(own.length > 10);
    assert.deepEqual(rows.filter((name) => !name.startsWith('nodejs_')).sort(), own.sort());
  });

  it('count the login, and what it took', () => {
    for (const name of ['gatehouse_logins_begun_total', 'gatehouse_logins_finished_total']) {
      assert.deepEqual(samplesOf(name), { '': 1 });
    }
    assert.deepEqual(samplesOf('gatehouse_sessions_ended_total'), { 'by="user"': 1 });
    assert.deepEqual(samplesOf('gatehouse_logins_failed_total'), {});
    assert.deepEqual(samplesOf('gatehouse_session_store_up'), { '': 1 });
    assert.ok((samplesOf('gatehouse_session_store_command_duration_seconds_count')['outcome="ok"'] ?? 0) > 5);
    const asked = Object.keys(samplesOf('gatehouse_provider_request_duration_seconds_count'));
    const endpoints = ['discovery', 'jwks_uri', 'revocation_endpoint', 'token_endpoint'];
    assert.deepEqual(
      asked.sort(),
      endpoints.map((endpoint) => `endpoint="${endpoint}",outcome="2xx"`),
    );
    assert.equal(samplesOf('gatehouse_security_events_total')['event="session.created"'], 1);
    assert.equal(samplesOf('gatehouse_security_events_total')['event="login.failed"'], 0);
  });
});
