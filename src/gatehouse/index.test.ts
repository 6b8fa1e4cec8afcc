import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, it, test } from 'node:test';
import ts from 'typescript';
import * as surface from './index.ts';

const FOLDER = import.meta.dirname;
const SOURCES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !isTest(file))
  .map((file) => join(FOLDER, file));

function isTest(file: string): boolean {
  return /\.(test|suite)\.ts$/.test(file);
}

/** The modules that a file names in `import`, `export … from`, `import()`, type imports and any `require`. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const { importedFiles, referencedFiles, typeReferenceDirectives } = ts.preProcessFile(text, true, true);
  const told = [...importedFiles, ...referencedFiles, ...typeReferenceDirectives].map(({ fileName }) => fileName);
  // TypeScript sees all but these.
  const required = [...text.matchAll(/createRequire\([^)]*\)\(\s*'([^']+)'/g)].map(([, name = '']) => name);
  return [...told, ...required];
}

/** Every import in the library that `isBad` objects to, with its file. */
function importsThat(isBad: (name: string, file: string) => boolean): string[] {
  return SOURCES.flatMap((file) =>
    importsOf(file)
      .filter((name) => isBad(name, file))
      .map((name) => `${relative(FOLDER, file)}: ${name}`),
  );
}

test('the library is these four at run time, and no more', () => {
  assert.deepEqual(Object.keys(surface).sort(), ['ConfigError', 'LoginRefused', 'gatehouse', 'requireToken']);
});

describe('the sources of the library', () => {
  const isRelative = (name: string) => name.startsWith('.');

  it('are looked at here, all of them, with every kind of import', () => {
    assert.ok(SOURCES.length > 50, `${SOURCES.length} sources`);
    const imports = SOURCES.flatMap(importsOf);
    for (const name of ['./door/gatehouse.ts', 'express', 'express-oauth2-jwt-bearer', 'node:crypto']) {
      assert.ok(imports.includes(name), name);
    }
  });

  it('trim only what people write into a configuration: bytes of headers end in space and tab, and in nothing else', () => {
    const trimming = SOURCES.filter((file) => /\.trim(Start|End)?\(|split\(\/\\s/.test(readFileSync(file, 'utf8')));
    const rooms = new Set(trimming.map((file) => dirname(relative(FOLDER, file))));
    assert.deepEqual([...rooms], ['config']);
  });

  it('import nothing outside of its folder, and no test', () => {
    const outside = importsThat((name, file) => {
      const path = resolve(dirname(file), name);
      return isRelative(name) && (relative(FOLDER, path).startsWith('..') || isTest(path));
    });
    assert.deepEqual(outside, []);
  });

  it('import only packages that are installed with it', () => {
    const own = JSON.parse(readFileSync(join(FOLDER, '../../package.json'), 'utf8')) as { dependencies: object };
    const others = importsThat((name) => {
      if (isRelative(name) || name.startsWith('node:')) return false;
      return !Object.hasOwn(own.dependencies, /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);
    });
    assert.deepEqual(others, []);
  });
});
