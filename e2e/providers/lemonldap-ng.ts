import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isOnPath } from '../support/find-tools.ts';
import { startProgram } from '../support/program.ts';
import { waitFor } from '../support/wait-for.ts';
import { CLIENT, type ProviderKind, type Surroundings } from './provider-kind.ts';

/** As Debian installs it; only what a relying party needs is changed. */
const DEFAULTS = '/var/lib/lemonldap-ng/conf/lmConf-1.json';
const HTDOCS = '/usr/share/lemonldap-ng/portal/htdocs';

const PSGI = `use Plack::Builder; use Plack::App::File; use Lemonldap::NG::Portal::Main;
my $portal = Lemonldap::NG::Portal::Main->run({});
builder {
  mount '/static' => Plack::App::File->new(root => '${HTDOCS}/static')->to_app;
  mount '/javascript' => Plack::App::File->new(root => '/usr/share/javascript')->to_app;
  mount '/' => $portal;
};`;

/** LemonLDAP::NG, used by French public administration: an issuer with a slash at its end, RS256, form-like pages. */
export const lemonLdapNg: ProviderKind = {
  name: 'LemonLDAP::NG',
  missing: () =>
    existsSync(DEFAULTS) && isOnPath('plackup') ? undefined : "Debian's packages lemonldap-ng and libplack-perl",
  start: async ({ port, appUrl, dir }) => {
    for (const name of ['conf', 'sessions/lock', 'psessions/lock', 'cache']) {
      mkdirSync(join(dir, name), { recursive: true });
    }
    writeFileSync(join(dir, 'conf', 'lmConf-1.json'), JSON.stringify(configuration({ port, appUrl, dir })));
    writeFileSync(join(dir, 'app.psgi'), PSGI);
    const ini = join(dir, 'lemonldap-ng.ini');
    writeFileSync(
      ini,
      `[all]\nlogLevel = warn\n[configuration]\ntype = File\ndirName = ${join(dir, 'conf')}\nlocalStorage = Cache::NullCache\n` +
        `[portal]\nstaticPrefix = /static\ntemplateDir = /usr/share/lemonldap-ng/portal/templates\nlanguages = en\n`,
    );
    const program = startProgram('plackup', ['-p', String(port), '-o', '127.0.0.1', 'app.psgi'], {
      cwd: dir,
      env: { LLNG_DEFAULTCONFFILE: ini },
    });
    await waitFor('LemonLDAP::NG ready', () => /Accepting connections/.test(program.output()));
    return program;
  },
  env: ({ port }) => ({ ISSUER_BASE_URL: `http://localhost:${port}/` }),
  signIn: async (page) => {
    await page.locator('input[name=user]').fill('dwho');
    await page.locator('input[name=password]').fill('dwho');
    await page.locator('button[type=submit]').first().click();
  },
  claims: { sub: 'dwho', name: 'Doctor Who', email: 'dwho@badwolf.org' },
  refresh: { status: 200, api: 401 },
  logout: 'ends its session',
};

function configuration({ port, appUrl, dir }: Surroundings): object {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const defaults = JSON.parse(readFileSync(DEFAULTS, 'utf8')) as Record<string, object>;
  const stored = (name: string) => ({
    Directory: join(dir, name),
    LockDirectory: join(dir, name, 'lock'),
    generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
  });
  const portal = `http://localhost:${port}/`;
  const client = {
    ...{ ClientID: CLIENT.id, ClientSecret: CLIENT.secret, UserIDAttr: 'uid', BypassConsent: 1 },
    ...{ RedirectUris: `${appUrl}/callback`, PostLogoutRedirectUris: `${appUrl} ${appUrl}/` },
    ...{ IDTokenSignAlg: 'RS256', AllowOffline: 1, RefreshToken: 1, LogoutBypassConfirm: 1 },
  };
  const named = Object.entries(client).map(([name, value]) => [`oidcRPMetaDataOptions${name}`, value] as const);
  return {
    ...defaults,
    ...{ domain: 'localhost', portal, notification: 0, loginHistoryEnabled: 0, requireToken: 0 },
    ...{ locationRules: {}, exportedHeaders: {}, applicationList: {} },
    ...{ globalStorageOptions: stored('sessions'), persistentStorageOptions: stored('psessions') },
    localSessionStorageOptions: { ...defaults['localSessionStorageOptions'], cache_root: join(dir, 'cache') },
    ...{ issuerDBOpenIDConnectActivation: 1, oidcServiceMetaDataIssuer: portal },
    ...{ oidcServicePrivateKeySig: privateKey, oidcServicePublicKeySig: publicKey, oidcServiceKeyIdSig: 'one' },
    oidcRPMetaDataOptions: { app: Object.fromEntries(named) },
    oidcRPMetaDataExportedVars: { app: { name: 'cn', email: 'mail' } },
    ...{ oidcRPMetaDataOptionsExtraClaims: { app: {} }, oidcRPMetaDataMacros: { app: {} } },
  };
}
