/**
 * What `npm start` does first: builds where that is possible. Without the development dependencies (`npm prune --omit=dev`, as
 * many hosts do after their build) the `dist` that is there is started as it is. Plain JavaScript: it runs before any build.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const HOW = 'npm ci --include=dev && npm run build && npm prune --omit=dev';

/** The compiler's program; undefined: not installed. */
function findCompiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    return undefined;
  }
}

const compiler = findCompiler();
if (compiler && existsSync('src/main.ts')) {
  const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else if (!existsSync('dist/main.js')) {
  process.stderr.write(`There is no dist to start, and TypeScript, which makes it, is not installed. Run: ${HOW}\n`);
  process.exitCode = 1;
}
