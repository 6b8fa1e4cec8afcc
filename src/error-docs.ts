import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EVERY_ERROR } from './program/every-error.ts';

export const ERRORS_PAGE = join(import.meta.dirname, '..', 'docs', 'errors.md');

const PICTURE = `<picture>
  <source media="(prefers-color-scheme: dark)" srcset="images/error-login-expired-dark.png">
  <img src="images/error-login-expired-light.png" alt="An error page in development: what happened, what to do, and the operator’s part">
</picture>`;

/** docs/errors.md, made from the catalogue. */
export function errorDocs(): string {
  const entries = Object.entries(EVERY_ERROR).map(([code, entry]) =>
    [
      `## ${code}`,
      `**${entry.title}** · ${entry.status}${entry.retryAfterSeconds ? ', with `Retry-After`' : ''}`,
      `> ${entry.message}`,
      `Usual causes:`,
      entry.causes.map((cause) => `- ${cause}`).join('\n'),
      `What to do: ${entry.remedy}`,
    ].join('\n\n'),
  );
  return [
    '<!-- Made from src/gatehouse/errors/catalogue.ts and src/app/errors.ts by `npm run docs`. -->',
    '# Errors',
    'Every failure of the web app has a stable code. It is on the page and in the JSON (`error`), with the request id that the log line has, too. In development the page shows causes and remedy as well. `npm run doctor` finds most of the causes before anybody meets them.',
    PICTURE,
    ...entries,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(ERRORS_PAGE, errorDocs());
}
