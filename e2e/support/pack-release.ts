/**
 * Packs the library as it is built, for e2e/http/upgrade.test.ts of later releases; see e2e/fixtures/README.md.
 * `npm run build && npx tsx e2e/support/pack-release.ts`
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const { name, version, type, exports, engines, license, dependencies } = JSON.parse(
  readFileSync('package.json', 'utf8'),
) as Record<string, unknown>;
const target = `e2e/fixtures/release-${String(version)}.tgz`;
if (existsSync(target)) throw new Error(`${target} is there already: a release stays what it was`);

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-release-'));
const files = ['dist/gatehouse'];
const manifest = { name, version, type, license, exports, files, engines, dependencies };
writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
// Only what runs, and its types: maps lead to sources that are not there.
const filter = (file: string) => !file.endsWith('.map');
cpSync('dist/gatehouse', join(folder, 'dist/gatehouse'), { recursive: true, filter });
const packed = execFileSync('npm', ['pack', '--silent'], { cwd: folder, encoding: 'utf8' }).trim();
cpSync(join(folder, packed), `${target}.new`);
renameSync(`${target}.new`, target);
rmSync(folder, { recursive: true });
process.stdout.write(`${target}\n`);
