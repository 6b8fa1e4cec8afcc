import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchChromium } from '../support/find-tools.ts';
import { startStack } from '../support/stack.ts';
import type { BrowserWindow, ColorScheme, EngineKind } from './browser.ts';
import { chosenEngines } from './engines.ts';
import { openAs } from './person.ts';

const FOLDER = join(import.meta.dirname, '../../test-results/browsers');
const SIZES = [
  { width: 360, height: 1600 },
  { width: 1280, height: 1200 },
] as const;
const SCHEMES: readonly ColorScheme[] = ['light', 'dark'];

/** Paths by the names of their pictures. Nobody is signed in on the first two. */
const SIGNED_OUT = { home: '/', error: '/nowhere' };
const SIGNED_IN = { 'home-signed-in': '/', profile: '/profile', sessions: '/sessions', 'api-call': '/api-call' };

const fileOf = (page: string, engine: string, width: number, scheme: ColorScheme) =>
  `${page}-${engine.toLowerCase()}-${width}-${scheme}.png`;

/** Photographs the pages in each engine, narrow and wide, light and dark, and joins those of a page into one sheet. */
export async function takePictures(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const stack = await startStack({ redis: true });
  const kinds = chosenEngines();
  try {
    for (const kind of kinds) for (const scheme of SCHEMES) await photographAll(kind, scheme, stack.webUrl);
  } finally {
    await stack.stop();
  }
  await joinIntoSheets(kinds.map(({ name }) => name));
}

async function photographAll(kind: EngineKind, scheme: ColorScheme, webUrl: string): Promise<void> {
  const engine = await kind.launch(scheme);
  try {
    const window = await engine.newWindow();
    const take = async (pages: Readonly<Record<string, string>>) => {
      for (const [page, path] of Object.entries(pages)) {
        for (const size of SIZES) {
          const file = join(FOLDER, fileOf(page, kind.name, size.width, scheme));
          writeFileSync(file, await photograph(window, size, webUrl + path));
        }
      }
    };
    await take(SIGNED_OUT);
    await openAs(await window.newTab(), 'Alice Adams', `${webUrl}/profile`);
    await take(SIGNED_IN);
    process.stdout.write(`${engine.version}, ${scheme}\n`);
  } finally {
    await engine.close();
  }
}

async function photograph(window: BrowserWindow, size: (typeof SIZES)[number], url: string): Promise<Uint8Array> {
  const tab = await window.newTab({ size });
  await tab.goto(url);
  // Waits until fonts and pictures are drawn, too: the second frame from now has everything that is loaded.
  await tab.run('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(0))))');
  const picture = await tab.screenshot();
  await tab.close();
  return picture;
}

/** Makes a row for each engine, with pictures of 1280 px at half their size. */
async function joinIntoSheets(engines: readonly string[]): Promise<void> {
  const browser = await launchChromium();
  const sheet = await browser.newPage({ viewport: { width: 2080, height: 600 } });
  for (const page of Object.keys({ ...SIGNED_OUT, ...SIGNED_IN })) {
    const rows = engines.map((engine) => {
      const pictures = SIZES.flatMap(({ width }) =>
        SCHEMES.map(
          (scheme) => `<img width="${width > 640 ? width / 2 : width}" src="${fileOf(page, engine, width, scheme)}">`,
        ),
      );
      return `<h2>${page} in ${engine}</h2>${pictures.join(' ')}`;
    });
    const html = join(FOLDER, `sheet-${page}.html`);
    writeFileSync(html, `<!doctype html><style>img { border: 1px solid; vertical-align: top }</style>${rows.join('')}`);
    await sheet.goto(pathToFileURL(html).href);
    await sheet.screenshot({ path: join(FOLDER, `sheet-${page}.png`), fullPage: true });
  }
  await browser.close();
  process.stdout.write(`The sheets are in ${FOLDER}.\n`);
}
