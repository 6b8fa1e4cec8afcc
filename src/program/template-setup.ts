import { problemsOf, readParts, type ReadSetup, type Setup } from '../doctor/setup.ts';
import { EnvReader } from '../gatehouse/config/env-reader.ts';
import { readApiServerUrl } from '../gatehouse/config/common-config.ts';
import { readLocalConfig, runsLocalProvider } from './local-config.ts';
import { withLocalProvider } from './provider-config.ts';

/** What `npm start` would run, for the doctor. */
export const readTemplateSetup: ReadSetup = (source) => {
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
};
