import { defineConfig } from 'playwright/test';
import config from './playwright.config.ts';

/**
 * `npm run test:visual`: pages compared with pictures of them. Apart from `npm test`, since a picture depends on the
 * machine's fonts and its Chromium: those here are of Debian 12. After a change that is meant, or on another machine
 * before one: `npm run test:visual -- --update-snapshots`.
 */
export default defineConfig({
  ...config,
  testDir: 'visual',
  snapshotPathTemplate: '{testDir}/{platform}/{arg}{ext}',
  // For unstable.css.
  use: { ...config.use, bypassCSP: true },
  projects: [{ name: 'pictures' }],
});
