/**
 * Preloaded (`--import`) into every contestant: answers over the IPC channel with what the process has used so far.
 * Asking the process itself works on every system, and sees its threads (garbage collection, JIT), too.
 */
process.on('message', (id) => {
  const { user, system } = process.cpuUsage();
  process.send?.({ id, cpuMicroseconds: user + system, rssBytes: process.memoryUsage().rss });
});

// Nobody to measure for any more, however the benchmark ended.
process.on('disconnect', () => process.exit(0));
