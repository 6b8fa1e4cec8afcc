import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AWAY_ENV } from '../../e2e/support/client-env.ts';
import { freePorts } from '../../e2e/support/ports.ts';
import { startProgram } from '../../e2e/support/program.ts';
import { waitFor } from '../../e2e/support/wait-for.ts';
import { inFolder, need, needRoot, run } from './trial.ts';

const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** Lets buildah work without a daemon. npm may need the rest of the environment to find its registry. */
const ENV = { ...process.env, STORAGE_DRIVER: 'vfs', BUILDAH_ISOLATION: 'chroot' };

interface ImageConfig {
  readonly User: string;
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly WorkingDir: string;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

/** Builds the image on a Debian made here, with this machine's Node.js, and runs what is in it. */
export async function tryImage(): Promise<string> {
  need('buildah', 'debootstrap', 'chroot');
  needRoot();
  return inFolder(async (folder) => {
    const buildah = (...args: string[]) =>
      run('buildah', ['--root', join(folder, 'store'), '--runroot', join(folder, 'run'), ...args], { env: ENV });
    const base = buildah('from', 'scratch');
    buildah('add', '--quiet', base, makeRoot(join(folder, 'base')), '/');
    buildah('config', '--env', `NODE_EXTRA_CA_CERTS=${CERTIFICATES}`, base);
    buildah('commit', '--quiet', base, 'localhost/base');
    const npmrc = ['userconfig', 'globalconfig'].map((name) => run('npm', ['config', 'get', name])).filter(existsSync);
    const volumes = npmrc.flatMap((file) => ['--volume', `${file}:${file}:ro`]);
    buildah('build', '--format', 'docker', ...volumes, '--build-arg', 'NODE_IMAGE=localhost/base', '--tag', 'try', '.');
    const { Docker } = JSON.parse(buildah('inspect', '--type', 'image', 'try')) as { Docker: { config: ImageConfig } };
    const container = buildah('from', 'try');
    const root = buildah('mount', container);
    try {
      return await runIn(root, Docker.config);
    } finally {
      buildah('umount', container);
    }
  });
}

/** Makes a small Debian with this machine's Node.js, npm and trusted certificates. */
function makeRoot(root: string): string {
  const release = readFileSync('/etc/os-release', 'utf8');
  const [, codename = 'stable'] = /^VERSION_CODENAME=(.*)$/m.exec(release) ?? [];
  const packages = ['--variant=minbase', '--include=ca-certificates,libstdc++6'];
  run('debootstrap', [...packages, codename, root, ...debianMirror()]);
  cpSync(process.execPath, join(root, 'usr/bin/node'));
  const npm = resolve(dirname(run('readlink', ['-f', run('sh', ['-c', 'command -v npm'])])), '..');
  cpSync(npm, join(root, 'usr/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/bin/npm'));
  cpSync(CERTIFICATES, join(root, CERTIFICATES));
  return root;
}

/** The Debian mirror that this machine's apt uses. */
function debianMirror(): string[] {
  const [, mirror] = /'(\S+?)\/pool\//.exec(run('apt-get', ['download', '--print-uris', 'base-files'])) ?? [];
  return mirror === undefined ? [] : [mirror];
}

async function runIn(root: string, config: ImageConfig): Promise<string> {
  const { User, Cmd, Healthcheck } = config;
  const app = join(root, config.WorkingDir);
  const extra = readdirSync(app).filter((name) => ['.env', '.git', 'src', 'e2e', 'deploy'].includes(name));
  const development = ['typescript', 'tsx', 'oidc-provider'].filter((name) =>
    existsSync(join(app, 'node_modules', name)),
  );
  if (extra.length + development.length > 0) throw new Error(`in the image: ${[...extra, ...development].join(', ')}`);
  if (User !== '1000:1000') throw new Error(`its user is ${User}`);

  const [PORT = '', API_PORT = ''] = (await freePorts(2)).map(String);
  const audience = { AUTH0_AUDIENCE: 'https://api.example.com', API_SERVER_URL: 'https://api.example.com' };
  const image = Object.fromEntries(config.Env.map((line) => line.split(/=(.*)/, 2) as [string, string]));
  const env = { ...AWAY_ENV, ...audience, ...image, PORT, API_PORT };
  const start = (command: readonly string[]) =>
    startProgram('chroot', [`--userspec=${User}`, root, 'env', '-C', config.WorkingDir, ...command], { env });
  for (const command of [Cmd, ['node', 'dist/api.js']]) {
    const check = () => start(Healthcheck.Test.slice(1)).ended;
    if ((await check()) === 0) throw new Error('the health check finds what does not run');
    const program = start(command);
    await waitFor(`${command.join(' ')} in the image`, () => / ready on /.test(program.output())).catch(() => {});
    const [health, code] = [await check(), await program.stop()];
    if (health !== 0 || code !== 0) throw new Error(`health ${health}, exit ${code}: ${program.output()}`);
  }
  return 'built by buildah on a Debian of debootstrap; web and api run as user 1000, are healthy, end in order at SIGTERM';
}
