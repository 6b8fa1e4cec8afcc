/**
 * Preloaded (`--import`) into every contestant: answers over the IPC channel how much the process has used so far.
 * Asking the process itself works on every system and includes its threads (garbage collection, JIT).
 */
process.on('message', (id) => {
  const { user, system } = process.cpuUsage();
  process.send?.({ id, cpuMicroseconds: user + system, rssBytes: process.memoryUsage().rss });
});

// However the benchmark ended, there is nobody left to measure for.
process.on('disconnect', () => process.exit(0));
