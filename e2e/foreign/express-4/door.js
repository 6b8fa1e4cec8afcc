'use strict';

const { gatehouse, LoginRefused } = require('gatehouse');

/** The table of the host that every login is written into. */
const logins = [];

const write = (level) => (about, message) => process.stdout.write(`${level} ${message} ${JSON.stringify(about)}\n`);

const door = gatehouse({
  cookieName: 'gatehouse',
  onLogin: async ({ user, claims }, req) => {
    if (claims.email?.startsWith('bob')) throw new LoginRefused('Bob has moved out.');
    if (claims.email?.startsWith('dave')) throw new Error('the table of logins is away');
    logins.push({ sub: user.sub, name: user.name, agent: req.get('user-agent') });
    return { logins: logins.filter(({ sub }) => sub === user.sub).length };
  },
  pages: {
    error: (_req, res, failure) => res.render('error', { failure }),
    confirmLogout: (req, res, { logoutUrl }) => res.render('leave', { logoutUrl, token: door.formToken(req) }),
  },
  log: { debug: () => {}, info: write('info'), warn: write('warn'), error: write('error') },
});

module.exports = { door, logins };
