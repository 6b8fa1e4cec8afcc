/**
 * `npm run lighthouse` asks Lighthouse about the pages, signed in, as on a phone; fails below 100 in any category.
 * npx fetches Lighthouse only when it is asked for: it is larger than all the rest, and few people will run it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright';
import { ProviderPage } from './pages/provider-page.ts';
import { CHROMIUM_ARGS, findChromium } from './support/find-tools.ts';
import { freePorts } from './support/ports.ts';
import { startServer } from './support/program.ts';
import { startStack } from './support/stack.ts';

/** The newest that runs on Node 20. */
const LIGHTHOUSE = 'lighthouse@12.8.2';
const PATHS = ['/', '/profile', '/api-call'];
const CATEGORIES = ['accessibility', 'best-practices', 'performance', 'seo'];

interface Report {
  readonly finalDisplayedUrl: string;
  readonly categories: Record<string, { title: string; score: number; auditRefs: { id: string; weight: number }[] }>;
  readonly audits: Record<string, { title: string; score: number | null; displayValue?: string }>;
}

/** A busy machine makes a page slow, so the best of three counts. */
async function best(url: string, port: number): Promise<Report> {
  let report = await audit(url, port);
  for (let tries = 1; tries < 3 && !isPerfect(report); tries += 1) report = await audit(url, port);
  return report;
}

const isPerfect = ({ categories }: Report) => Object.values(categories).every(({ score }) => score === 1);

async function audit(url: string, port: number): Promise<Report> {
  const options = [
    ...[`--port=${port}`, '--output=json', '--quiet', '--disable-storage-reset'],
    `--only-categories=${CATEGORIES.join(',')}`,
  ];
  const { stdout } = await promisify(execFile)('npx', ['--yes', LIGHTHOUSE, url, ...options], {
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === 'win32',
  });
  const report = JSON.parse(stdout) as Report;
  if (report.finalDisplayedUrl !== url) throw new Error(`${url} led to ${report.finalDisplayedUrl}`);
  return report;
}

const stack = await startStack({ redis: true });
await stack.web.stop();
const web = await startServer('web', { ...stack.env, NODE_ENV: 'production' });
const [port = 0] = await freePorts(1);
const profile = mkdtempSync(join(tmpdir(), 'gatehouse-lighthouse-'));
const executablePath = findChromium();
const browser = await chromium.launchPersistentContext(profile, {
  args: [...CHROMIUM_ARGS, `--remote-debugging-port=${port}`],
  ...(executablePath && { executablePath }),
});
try {
  const page = await browser.newPage();
  for (const who of ['nobody', 'Alice Adams']) {
    if (who !== 'nobody') {
      await page.goto(`${stack.webUrl}/login`);
      await new ProviderPage(page).signInAs(who);
      await page.waitForURL(`${stack.webUrl}/`);
    }
    for (const path of who === 'nobody' ? ['/'] : PATHS) {
      const { categories, audits } = await best(stack.webUrl + path, port);
      const scores = Object.values(categories).map(({ title, score }) => `${title} ${Math.round(score * 100)}`);
      process.stdout.write(`${path.padEnd(10)} ${who.padEnd(12)} ${scores.join('   ')}\n`);
      for (const { score, auditRefs } of Object.values(categories)) {
        if (score === 1) continue;
        process.exitCode = 1;
        const lost = auditRefs.filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1);
        for (const { id } of lost) {
          process.stdout.write(`           ${id}: ${audits[id]?.title} ${audits[id]?.displayValue ?? ''}\n`);
        }
      }
    }
  }
} finally {
  await browser.close();
  await web.stop();
  await stack.stop();
  rmSync(profile, { recursive: true, force: true });
}
