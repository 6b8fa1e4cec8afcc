import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** The files that the modules `begin` of a folder reach, by their names there, and the packages that they import. */
export interface Reached {
  readonly files: ReadonlySet<string>;
  readonly packages: ReadonlySet<string>;
  /** What they import that is not there. */
  readonly missing: readonly string[];
}

/** The entries of the package that is installed at `folder`, as its package.json names them: code and types. */
export function entriesOf(folder: string): string[] {
  const { exports, bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? target : Object.values(target),
  );
  return [...targets, ...Object.values(bin)].filter((file) => /\.[jt]s$/.test(file)).map((file) => join('.', file));
}

/** Follows every import. A module brings its types; types do not bring their module. */
export function reachedFrom(folder: string, ...begin: readonly string[]): Reached {
  const files = new Set<string>();
  const packages = new Set<string>();
  const missing: string[] = [];
  const visit = (path: string, by: string) => {
    const name = relative(folder, path).split(sep).join('/');
    if (files.has(name)) return;
    if (!existsSync(path)) return void missing.push(`${name}, of ${by}`);
    files.add(name);
    if (name.endsWith('.js')) visit(path.replace(/\.js$/, '.d.ts'), name);
    const read = ts.preProcessFile(readFileSync(path, 'utf8'), true, true);
    for (const module of read.ambientExternalModules ?? []) packages.add(`declare module ${module}`);
    for (const { fileName } of [...read.importedFiles, ...read.referencedFiles, ...read.typeReferenceDirectives]) {
      const file = name.endsWith('.d.ts') ? fileName.replace(/(\.d)?\.[jt]s$/, '.d.ts') : fileName;
      if (file.startsWith('.')) visit(resolve(dirname(path), file), name);
      else packages.add(fileName);
    }
  };
  for (const file of begin) visit(join(folder, file), 'package.json');
  return { files, packages, missing };
}
