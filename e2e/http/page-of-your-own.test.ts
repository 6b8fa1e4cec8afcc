import assert from 'node:assert/strict';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createHttpClient } from '../support/http-client.ts';
import { freePorts } from '../support/ports.ts';
import { type Program, startProgram } from '../support/program.ts';
import { signIn } from '../support/sign-in.ts';
import { waitFor } from '../support/wait-for.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const OWNED = ['src', 'views', 'public', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];

describe('the page of docs/pages.md,', () => {
  let folder: string;
  let stack: Program | undefined;
  before(() => {
    folder = temporaryFolder('page');
    for (const name of OWNED) cpSync(name, join(folder, name), { recursive: true });
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction');
  });
  after(async () => {
    await stack?.stop();
  });

  it('added to a clone word for word, compiles and shows what the API says', async () => {
    const [page = '', view = '', route = ''] = examplesOf(readFileSync('docs/pages.md', 'utf8'));
    writeFileSync(join(folder, 'src/app/pages/report.ts'), page);
    writeFileSync(join(folder, 'views/pages/report.ejs'), view);
    const routes = join(folder, 'src/app/routes.ts');
    const withRoute = readFileSync(routes, 'utf8')
      .replace('return [\n', `return [\n${route}`)
      .replace(/^/, `import { report } from './pages/report.ts';\n`);
    writeFileSync(routes, withRoute);

    const compiler = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
    const compiling = startProgram(process.execPath, compiler, { cwd: folder });
    assert.equal(await compiling.ended, 0, compiling.output());

    const [web, provider, api] = (await freePorts(3)).map(String) as [string, string, string];
    const running = startProgram(process.execPath, ['dist/main.js'], {
      cwd: folder,
      env: { PORT: web, PROVIDER_PORT: provider, API_PORT: api },
    });
    stack = running;
    await waitFor('the welcome', () => /Ctrl-C stops everything/.test(running.output()));
    const answer = await signIn(createHttpClient(), `http://localhost:${web}/report`);
    const html = await answer.text();
    assert.equal(answer.status, 200, html);
    assert.match(html, /<title>Report: 1 lines/);
    assert.match(html, /<p>user_id: local\|alice</);
  });
});

/** The code of the section "A page of your own". */
function examplesOf(guide: string): string[] {
  const section = guide.slice(guide.indexOf('## A page of your own'));
  return [...section.matchAll(/^```\w+\n(.+?)^```/gms)].map(([, code = '']) => code);
}
