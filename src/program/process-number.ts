import cluster from 'node:cluster';

/** Set only in the processes of `startProcesses`: process managers start workers of `node:cluster`, too. */
export const NUMBER = 'GATEHOUSE_PROCESS';

/** The number of this process among those of `startProcesses`, from 1; undefined if it is none of them. */
export function processNumber(): string | undefined {
  return cluster.isWorker ? process.env[NUMBER] : undefined;
}
