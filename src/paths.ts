import { join } from 'node:path';

/** The folder of package.json: `src` and `dist` are both one level below. */
export const PROJECT_ROOT = join(import.meta.dirname, '..');

export const VIEWS_DIR = join(PROJECT_ROOT, 'views');
export const PUBLIC_DIR = join(PROJECT_ROOT, 'public');
