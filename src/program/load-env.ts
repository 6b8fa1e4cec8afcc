import dotenv from 'dotenv';
import type { Env } from '../gatehouse/config/env-reader.ts';

/** The process's environment, completed from `.env` in the working directory; real variables win. */
export function loadEnv(): Env {
  const env = { ...process.env };
  dotenv.config({ processEnv: env, quiet: true });
  return env;
}
