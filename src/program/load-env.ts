import { type Env, type Origin, withOrigins } from '../gatehouse/config/env-reader.ts';
import { readEnvFile } from './env-file.ts';
import { PROXY_VARIABLES } from './outgoing.ts';

const CUT = 'is cut off at its "#", where a comment begins; put the value in quotes (or a space before a comment)';

/**
 * The process's environment, completed from `.env` in the working directory; real variables win. Messages about a
 * variable say where it came from. @throws ConfigError if `.env` cannot be read
 */
export function loadEnv(): Env {
  const { values, cut } = readEnvFile('.env');
  const given = (name: string): Origin | undefined => {
    const isInFile = Boolean(values[name]?.trim()) || cut.has(name);
    if (process.env[name] !== undefined) {
      if (process.env[name].trim()) return { where: `in the environment${isInFile ? ', which wins over .env,' : ''}` };
      return isInFile ? { where: '(empty in the environment, which wins over .env)' } : undefined;
    }
    return isInFile ? { where: 'in .env', fault: cut.has(name) ? CUT : undefined } : undefined;
  };
  const env: Record<string, string | undefined> = { ...values, ...process.env };
  // The lower-case name wins, as with curl: many systems set only that one.
  const lowerCase = new Set<string>(PROXY_VARIABLES.filter((name) => env[name.toLowerCase()] !== undefined));
  for (const name of lowerCase) env[name] = env[name.toLowerCase()];
  return withOrigins(env, (name) => {
    if (!lowerCase.has(name)) return given(name);
    const origin = given(name.toLowerCase());
    return origin && { ...origin, where: `(${name.toLowerCase()}) ${origin.where}` };
  });
}
