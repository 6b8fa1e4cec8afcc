import { finish } from './command/command.ts';
import { runDoctor } from './command/doctor.ts';
import { problemsOf, readParts, type Setup } from './doctor/setup.ts';
import { readApiServerUrl } from './gatehouse/config/common-config.ts';
import { type Env, EnvReader } from './gatehouse/config/env-reader.ts';
import { loadEnv } from './program/load-env.ts';
import { readLocalConfig, runsLocalProvider } from './program/local-config.ts';
import { withLocalProvider } from './program/provider-config.ts';

/** `npm run doctor`: checks, like `gatehouse doctor`, what `npm start` would run, including the API. */
await finish(() => runDoctor(process.argv.slice(2), loadEnv(), readTemplateSetup));

function readTemplateSetup(source: Env): Setup {
  const isLocal = runsLocalProvider(source);
  const env = isLocal ? withLocalProvider(source) : source;
  const nothing: Pick<Setup, 'door' | 'trustProxy' | 'warnings'> = {
    door: undefined,
    trustProxy: undefined,
    warnings: [],
  };
  let read = nothing;
  const problems = problemsOf(() => {
    const { web, api } = readLocalConfig(source);
    const warnings = [...new Set([...web.door.warnings, ...web.warnings, ...(api?.warnings ?? [])])];
    read = { door: web.door, trustProxy: web.trustProxy, warnings };
  });
  return {
    ...{ isLocal, problems, ...read, ...readParts(env) },
    apiServerUrl: readApiServerUrl(new EnvReader(env)),
  };
}
