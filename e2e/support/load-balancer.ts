import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePorts } from './ports.ts';
import { type Program, startProgram } from './program.ts';
import { waitFor } from './wait-for.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Load balancers that the tests know; none has to be installed. */
export const LOAD_BALANCERS = ['haproxy', 'nginx'] as const;
export type LoadBalancerName = (typeof LOAD_BALANCERS)[number];

export interface LoadBalancer {
  readonly url: string;
  stop(): Promise<unknown>;
}

/** A header of every answer: the address of the server that gave it. */
export const SERVED_BY = 'x-served-by';

/** How often HAProxy asks each server for `/ready`, in milliseconds. */
export const CHECK_INTERVAL_MS = 250;

/** Starts a load balancer as its manual shows it, before servers on `ports` of this machine; it keeps connections. */
export async function startLoadBalancer(
  name: LoadBalancerName,
  ports: readonly number[],
  at?: number,
): Promise<LoadBalancer> {
  const port = at ?? (await freePorts(1))[0] ?? 0;
  if (name === 'nginx') return startNginx(balanced(port, ports), port);
  const file = join(temporaryFolder('balancer'), 'haproxy.conf');
  writeFileSync(file, haproxy(port, ports));
  return startAt(port, name, ['-db', '-f', file]);
}

/** Starts nginx with `http` inside its `http { … }` and all else as installed. Resolves when it listens on `port`. */
export function startNginx(http: string, port: number): Promise<LoadBalancer> {
  const folder = temporaryFolder('nginx');
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, nginx(http, folder));
  return startAt(port, 'nginx', ['-c', file, '-p', folder, '-e', 'stderr']);
}

async function startAt(port: number, command: LoadBalancerName, args: readonly string[]): Promise<LoadBalancer> {
  const program: Program = startProgram(command, args);
  await waitFor(`${command} listens`, () => listens(port));
  return { url: `http://127.0.0.1:${port}`, stop: () => program.stop() };
}

/** HAProxy asks for `/ready` and takes a server out as soon as it says 503. */
const haproxy = (port: number, ports: readonly number[]) => `
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout check 5s
  option httpchk GET /ready
  http-check send hdr Host localhost
  http-check expect status 200
  default-server check inter ${CHECK_INTERVAL_MS}ms fall 1 rise 1
frontend front
  bind 127.0.0.1:${port}
  default_backend web
backend web
  balance roundrobin
  http-response set-header ${SERVED_BY} %s
${ports.map((at) => `  server 127.0.0.1:${at} 127.0.0.1:${at}`).join('\n')}
`;

const nginx = (http: string, folder: string) => `
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 1024; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`).join(' ')}
  ${http}
}
`;

/** nginx checks nothing by itself: it goes to the next server if one takes no connections. */
const balanced = (port: number, ports: readonly number[]) => `
  upstream web {
    ${ports.map((at) => `server 127.0.0.1:${at} max_fails=1 fail_timeout=1s;`).join(' ')}
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://web;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      add_header ${SERVED_BY} $upstream_addr always;
    }
  }
`;

function listens(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.on('error', reject);
  });
}
