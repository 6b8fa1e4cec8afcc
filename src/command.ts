#!/usr/bin/env node
import { finish } from './command/command.ts';
import { runCommand } from './command/run-command.ts';
import { loadEnv } from './program/load-env.ts';

/** `gatehouse`, the command of the package. */
await finish(() => runCommand(process.argv.slice(2), loadEnv));
