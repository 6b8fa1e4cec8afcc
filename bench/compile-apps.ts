import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SOURCE = 'bench/apps';
const TARGET = 'dist/bench';

/**
 * Compiles bench/apps into dist/bench and returns that folder. With tsx instead, the loader's thread and esbuild
 * would count as memory of these contestants, but not of ours, which is compiled.
 */
export function compileApps(): string {
  mkdirSync(TARGET, { recursive: true });
  for (const file of readdirSync(SOURCE)) {
    const { outputText } = ts.transpileModule(readFileSync(join(SOURCE, file), 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        rewriteRelativeImportExtensions: true,
        verbatimModuleSyntax: true,
      },
    });
    writeFileSync(join(TARGET, file.replace(/\.ts$/, '.js')), outputText);
  }
  return TARGET;
}
