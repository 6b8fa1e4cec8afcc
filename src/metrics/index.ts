import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { DoorEvent } from '../gatehouse/index.ts';
import { SECURITY_EVENTS } from '../gatehouse/platform/events.ts';

/**
 * Prometheus metrics of a door, in a registry of prom-client: `gatehouse({ observe: doorMetrics(register) })`.
 * docs/operations.md lists them; labels have few values, whatever people send. With `node:cluster`, prom-client's
 * `AggregatorRegistry` adds them up. A registry can hold the metrics of one door only.
 */
export function doorMetrics(registry: Registry): (event: DoorEvent) => void {
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: `gatehouse_${name}_total`, help, labelNames, registers });
  const seconds = <L extends string>(name: string, help: string, buckets: number[], ...labelNames: L[]) =>
    new Histogram({ name: `gatehouse_${name}_seconds`, help, labelNames, buckets, registers });

  const security = counter('security_events', 'What the log has a line for, by its name', 'event');
  // Start each at 0: a query for an increase would otherwise miss the first event.
  for (const event of Object.keys(SECURITY_EVENTS)) security.inc({ event }, 0);
  const begun = counter('logins_begun', 'Browsers sent to the provider to sign in');
  const finished = counter('logins_finished', 'Logins that made a session: sessions created');
  const failed = counter('logins_failed', 'Logins that came to nothing, by the code of docs/errors.md', 'reason');
  const ended = counter('sessions_ended', 'Sessions ended by their own browser', 'by');
  const revoked = counter('sessions_revoked', 'Sessions ended from elsewhere', 'by');
  const conflicts = counter(
    'session_conflicts',
    'Writes of a session that were made again on what another had written',
  );
  const renewals = counter('token_renewals', 'Renewals of access tokens, by what came of them', 'outcome');
  const joined = counter('token_renewal_joins', 'Requests that waited for a renewal of this process for another');
  const waited = seconds(
    'token_renewal_lease_wait',
    'Wait for a renewal of another process',
    [0.1, 0.25, 0.5, 1, 2.5, 10],
  );
  const store = seconds(
    'session_store_command_duration',
    'Commands to Redis',
    [0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5],
    'outcome',
  );
  const outages = counter('session_store_outages', 'How often Redis went away');
  const up = new Gauge({
    ...{ name: 'gatehouse_session_store_up', help: '0 while Redis is away', registers },
    // If one of several processes is cut off from Redis, the value for all is 0.
    aggregator: 'min',
  });
  up.set(1);
  const buckets = [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const provider = seconds(
    'provider_request_duration',
    'Time until an answer of the provider begins',
    buckets,
    'endpoint',
    'outcome',
  );

  return (event) => {
    if (event.event in SECURITY_EVENTS) security.inc({ event: event.event });
    switch (event.event) {
      case 'store.answered':
        return store.observe({ outcome: event.outcome }, event.seconds);
      case 'provider.answered':
        return provider.observe({ endpoint: event.endpoint, outcome: event.outcome }, event.seconds);
      case 'login.begun':
        return begun.inc();
      case 'session.created':
        return finished.inc();
      case 'login.failed':
        return failed.inc({ reason: event.reason });
      case 'session.ended':
        return ended.inc({ by: event.by });
      case 'session.revoked':
        return revoked.inc({ by: event.by }, event.count);
      case 'session.conflict':
        return conflicts.inc();
      case 'renewal.done':
        return renewals.inc({ outcome: event.outcome.replaceAll(' ', '_') });
      case 'renewal.joined':
        return joined.inc();
      case 'renewal.waited':
        return waited.observe(event.seconds);
      case 'store.away':
        outages.inc();
        return up.set(0);
      case 'store.back':
        return up.set(1);
      default:
        return undefined;
    }
  };
}
