import { defineConfig } from 'playwright/test';
import config from './playwright.config.ts';

/**
 * `npm run test:visual` compares pages with pictures of them. `npm test` leaves this out, since a picture depends on
 * the machine's fonts and Chromium: those here are of Debian 12. After an intended change, or on another machine
 * before one: `npm run test:visual -- --update-snapshots`.
 */
export default defineConfig({
  ...config,
  testDir: 'visual',
  snapshotPathTemplate: '{testDir}/{platform}/{arg}{ext}',
  // Lets unstable.css in.
  use: { ...config.use, bypassCSP: true },
  projects: [{ name: 'pictures' }],
});
