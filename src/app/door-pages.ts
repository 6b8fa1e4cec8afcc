import type { DoorPages } from '#gatehouse';
import { deviceOf } from './device.ts';
import { renderPage } from './render.ts';

/** The pages that the door shows, in the look of this app. */
export const doorPages: Required<DoorPages> = {
  error: (req, res, failure) => renderPage(req, res, { view: 'error', model: () => ({ failure }) }),
  confirmLogout: (req, res, { logoutUrl }) =>
    renderPage(req, res, { view: 'confirm-logout', model: () => ({ logoutUrl }) }),
  sessions: (req, res, { sessions, next }) => {
    // This browser first, for comparison with the others.
    const sorted = sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
    const model = () => ({ next, sessions: sorted.map((session) => ({ ...session, ...deviceOf(session.userAgent) })) });
    renderPage(req, res, { view: 'sessions', model });
  },
};
