import type { Response } from 'express';
import type { DoorPages } from './options.ts';
import type { OwnPages } from './own-pages.ts';

/** Pages without style and script, which any Content-Security-Policy allows; for what the host does not show itself. */
export function plainPages(ownPages: OwnPages, sessionsPath: string | false): Required<DoorPages> {
  const button = (action: string, label: string, token: string) =>
    `<form method="post" action="${escaped(action)}">` +
    `<input type="hidden" name="form_token" value="${escaped(token)}">` +
    `<button>${escaped(label)}</button></form>`;
  return {
    error: (_req, res, { title, message, action, code, requestId, operator }) => {
      const link = action ? `<p><a href="${escaped(action.href)}">${escaped(action.label)}</a></p>` : '';
      const causes = operator?.causes.map((cause) => `<li>${escaped(cause)}</li>`).join('') ?? '';
      const forOperator = operator
        ? `<h2>For whoever runs this app</h2><ul>${causes}</ul><p>What to do: ${escaped(operator.remedy)}</p>`
        : '';
      send(
        res,
        title,
        `<p>${escaped(message)}</p>${link}` +
          `<p>Code <code>${escaped(code)}</code>, request id <code>${escaped(requestId)}</code></p>${forOperator}`,
      );
    },
    confirmLogout: (req, res, { logoutUrl }) =>
      send(
        res,
        'Sign out?',
        '<p>Another site sent you here to sign out. Nothing has happened yet: it is up to you.</p>' +
          `${button(logoutUrl, 'Sign out', ownPages.formToken(req))}<p><a href="/">Stay signed in</a></p>`,
      ),
    sessions: (req, res, { sessions }) => {
      const token = ownPages.formToken(req);
      const items = sessions.map(({ id, current, createdAt, lastSeenAt, userAgent }) => {
        const signOut = button(
          `${String(sessionsPath)}/${encodeURIComponent(id)}/revoke`,
          'Sign this browser out',
          token,
        );
        return (
          `<li>${escaped(userAgent ?? 'An unknown browser')}<br>` +
          `Signed in ${createdAt.toUTCString()}, last seen ${lastSeenAt.toUTCString()}` +
          `${current ? '<br>This browser' : signOut}</li>`
        );
      });
      const others = button(`${String(sessionsPath)}/revoke-others`, 'Sign out everywhere else', token);
      send(res, 'Where you are signed in', `<ul>${items.join('')}</ul>${sessions.length > 1 ? others : ''}`);
    },
  };
}

function send(res: Response, title: string, body: string): void {
  const heading = escaped(title);
  res
    .type('html')
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8">` +
        `<meta name="viewport" content="width=device-width, initial-scale=1"><title>${heading}</title>` +
        `<h1>${heading}</h1>${body}</html>`,
    );
}

function escaped(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
