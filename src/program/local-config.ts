import { type ApiConfig, readApiConfig } from './api-config.ts';
import { ConfigError, type Env, EnvReader } from '../gatehouse/config/env-reader.ts';
import { namesProvider, type ProviderConfig, readProviderConfig, withLocalProvider } from './provider-config.ts';
import { readWebConfig, type WebConfig } from './web-config.ts';

/** What `npm start` runs together. */
export interface LocalConfig {
  readonly web: WebConfig;
  /** Undefined if no audience is configured: there is no token that it could accept. */
  readonly api: ApiConfig | undefined;
  /** Undefined if an identity provider is configured, and in production. */
  readonly provider: ProviderConfig | undefined;
}

/** Whether `npm start` runs the local provider: only if no other is configured, and never in production. */
export function runsLocalProvider(env: Env): boolean {
  return !namesProvider(env) && env['NODE_ENV']?.trim() !== 'production';
}

/** @throws ConfigError naming every problem of every part at once. */
export function readLocalConfig(source: Env): LocalConfig {
  const problems = new Set<string>();
  function collect<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) problems.add(problem);
      return undefined;
    }
  }
  const isLocal = runsLocalProvider(source);
  const env = isLocal ? withLocalProvider(source) : source;
  const provider = isLocal ? collect(() => readProviderConfig(env)) : undefined;
  const web = collect(() => readWebConfig(env));
  const api = env['AUTH0_AUDIENCE']?.trim() ? collect(() => readApiConfig(env)) : undefined;
  const ports = { PORT: web?.port, API_PORT: api?.port, PROVIDER_PORT: provider?.port };
  collect(() => assertDistinctPorts(env, ports));
  if (problems.size > 0 || !web) throw new ConfigError([...problems]);
  return { web, api, provider };
}

function assertDistinctPorts(source: Env, ports: Record<string, number | undefined>): void {
  const env = new EnvReader(source);
  const taken = new Map<number, string>();
  for (const [name, port] of Object.entries(ports)) {
    if (port === undefined) continue;
    const other = taken.get(port);
    if (other) env.problem(name, `is the same port as ${other} (${port}); choose another`);
    taken.set(port, name);
  }
  env.done();
}
