/** Says on stderr what is being measured, so that stdout holds only the result. */
export function progress(line: string): void {
  const seconds = Math.round(performance.now() / 1000);
  process.stderr.write(`${String(seconds).padStart(4)} s  ${line}\n`);
}
