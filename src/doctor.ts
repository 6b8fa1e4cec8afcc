import { finish } from './command/command.ts';
import { runDoctor } from './command/doctor.ts';
import { loadEnv } from './program/load-env.ts';
import { readTemplateSetup } from './program/template-setup.ts';

/** `npm run doctor`: `gatehouse doctor` for what `npm start` would run, with the API. */
await finish(() => runDoctor(process.argv.slice(2), loadEnv(), readTemplateSetup));
