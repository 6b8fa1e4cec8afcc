import type { Response } from 'express';
import type { Links } from '../login/links.ts';
import type { DoorPages } from './options.ts';
import type { OwnPages } from './own-pages.ts';

/** Pages without style and script, which any Content-Security-Policy allows; for what the host does not show itself. */
export function plainPages(ownPages: OwnPages, { home, paths }: Links): Required<DoorPages> {
  const button = (action: string, label: string, token: string) => markup`<form method="post" action="${action}">
    <input type="hidden" name="form_token" value="${token}"><button>${label}</button></form>`;
  return {
    error: (_req, res, { title, message, action, code, requestId, operator }) => {
      const forOperator = operator && [
        markup`<h2>For whoever runs this app</h2>`,
        markup`<ul>${operator.causes.map((cause) => markup`<li>${cause}</li>`)}</ul>`,
        markup`<p>What to do: ${operator.remedy}</p>`,
      ];
      const link = action && markup`<p><a href="${action.href}">${action.label}</a></p>`;
      const codes = markup`<p>Code <code>${code}</code>, request id <code>${requestId}</code></p>`;
      send(res, title, markup`<p>${message}</p>${link}${codes}${forOperator}`);
    },
    confirmLogout: (req, res, { logoutUrl }) => {
      const question = 'Another site sent you here to sign out. Nothing has happened yet: it is up to you.';
      const signOut = button(logoutUrl, 'Sign out', ownPages.formToken(req));
      send(res, 'Sign out?', markup`<p>${question}</p>${signOut}<p><a href="${home}">Stay signed in</a></p>`);
    },
    sessions: (req, res, { sessions, next }) => {
      const token = ownPages.formToken(req);
      const address = (rest: string) => `${String(paths.sessions)}/${rest}`;
      const items = sessions.map(({ id, current, createdAt, lastSeenAt, userAgent = 'An unknown browser' }) => {
        const signOut = button(address(`${encodeURIComponent(id)}/revoke`), 'Sign this browser out', token);
        return markup`<li>${userAgent}<br>Signed in ${createdAt.toUTCString()}, last seen ${lastSeenAt.toUTCString()}
          ${current ? markup`<br>This browser` : signOut}</li>`;
      });
      const older = next && markup`<p><a href="${next}">Earlier sign-ins</a></p>`;
      const others =
        (next || sessions.length > 1) && button(address('revoke-others'), 'Sign out everywhere else', token);
      send(res, 'Where you are signed in', markup`<ul>${items}</ul>${older}${others}`);
    },
  };
}

function send(res: Response, title: string, body: Markup): void {
  const page = markup`<!doctype html><html lang="en"><meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
    <h1>${title}</h1>${body}</html>`;
  res.type('html').send(page.html);
}

interface Markup {
  readonly html: string;
}

/** HTML in which every value is escaped except other markup; missing values are left out. */
function markup(texts: TemplateStringsArray, ...values: (string | false | undefined | Markup | Markup[])[]): Markup {
  const htmlOf = (value: string | false | undefined | Markup) =>
    typeof value === 'object' ? value.html : escaped(value || '');
  const parts = values.map((value) => [value].flat().map(htmlOf).join(''));
  return { html: String.raw({ raw: texts }, ...parts) };
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
