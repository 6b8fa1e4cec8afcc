import cluster from 'node:cluster';

/** Set in the processes that `startProcesses` made. Process managers make workers of `node:cluster`, too. */
export const NUMBER = 'GATEHOUSE_PROCESS';

/** Which of the processes of `startProcesses` this one is, from 1; undefined: none of them. */
export function processNumber(): string | undefined {
  return cluster.isWorker ? process.env[NUMBER] : undefined;
}
