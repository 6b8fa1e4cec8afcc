import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { yamlIn } from './schemas.ts';
import { inFolder, need, needRoot, run } from './trial.ts';

/** What the trial inside gets, as JSON in its environment. */
export interface Topology {
  readonly services: Readonly<Record<string, Service>>;
  /** Address of each service, in place of its container's. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly folder: string;
}

interface Service {
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: readonly string[];
  readonly networks: { readonly inside: { readonly aliases?: readonly string[] } };
}

/** Runs the services of compose.yaml as processes in their own network and files; names, ports and nginx.conf stay. */
export async function tryTopology(): Promise<string> {
  need('unshare', 'ip', 'mount', 'nginx', 'redis-server', 'openssl');
  needRoot();
  return inFolder((folder) => {
    const file = yamlIn(folder).parse(readFileSync('deploy/compose.yaml', 'utf8'), { merge: true });
    const { services } = file as { services: Topology['services'] };
    const addresses = Object.fromEntries(Object.keys(services).map((name, n) => [name, `127.0.0.${n + 10}`]));
    const names = Object.entries(services).map(([name, { networks }]) => [name, ...(networks.inside.aliases ?? [])]);
    const hosts = names.map((all) => `${addresses[all[0] ?? '']} ${all.join(' ')}`);
    writeFileSync(join(folder, 'hosts'), ['127.0.0.1 localhost', ...hosts, ''].join('\n'));
    prepareNginx(join(folder, 'nginx'));
    const topology: Topology = { services, addresses, folder };
    const env = {
      ...process.env,
      TOPOLOGY: JSON.stringify(topology),
      NODE_EXTRA_CA_CERTS: join(folder, 'nginx/tls/fullchain.pem'),
    };
    // Processes get a namespace, too: whatever goes wrong inside, nothing is left running.
    const inside = ['--import', 'tsx', 'deploy/try/topology-inside.ts'];
    return run(
      'unshare',
      ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, ...inside],
      { env },
    );
  });
}

/** Fills a folder to mount as /etc/nginx: our file, included by a short form of the main file in nginx's image. */
function prepareNginx(folder: string): void {
  for (const part of ['conf.d', 'tls']) mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'conf.d/default.conf'), readFileSync('deploy/nginx.conf'));
  const main = [
    'daemon off;',
    'pid /run/nginx-try.pid;',
    'events {}',
    'http { access_log off; include /etc/nginx/conf.d/*.conf; }',
  ];
  writeFileSync(join(folder, 'nginx.conf'), main.join('\n'));
  const names = '-addext subjectAltName=DNS:app.example.com,DNS:api.example.com';
  const request = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=app.example.com ${names}`.split(' ');
  run('openssl', [...request, '-keyout', join(folder, 'tls/privkey.pem'), '-out', join(folder, 'tls/fullchain.pem')]);
}
