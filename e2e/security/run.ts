/**
 * Tries what attackers would try, for longer: `npm run test:security -- --requests 20000 --seed 7`. Without arguments
 * it does as much as `npm test`.
 */
import { parseArgs } from 'node:util';

const string = { type: 'string' } as const;
const { values } = parseArgs({ options: { requests: string, seed: string } });
if (values.requests) process.env['FUZZ_REQUESTS'] = values.requests;
if (values.seed) process.env['FUZZ_SEED'] = values.seed;
process.argv.splice(2, Infinity, 'integration', 'security/', 'session-races', 'secret-rotation', 'session-index');
await import('../support/run-node-tests.ts');
