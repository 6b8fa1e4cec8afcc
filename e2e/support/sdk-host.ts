import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import express from 'express';
import { requireToken } from '../../src/gatehouse/index.ts';
import { listen } from '../../src/program/listen.ts';
import { readProviderConfig } from '../../src/program/provider-config.ts';
import { createProviderApp } from '../../src/provider/create-provider.ts';
import { type ForeignFolder, installPackage } from './foreign-folder.ts';
import { freePorts } from './ports.ts';

/**
 * One app twice: before.ts as it was written for express-openid-connect, and after.ts, which docs/existing-app.md makes
 * of it.
 */
export const SDK_FOLDER = 'e2e/foreign/express-5-from-the-sdk';

/** Short, because a step waits for a token to expire. */
const TOKEN_LIVES_SECONDS = 2;

/** Both of them, compiled, with a provider, and an API that they call. */
export interface SdkHost {
  readonly url: string;
  readonly providerUrl: string;
  readonly host: ForeignFolder;
  /** What the compiler had to say. */
  readonly compileErrors: string;
  readonly envBefore: Record<string, string>;
  readonly envAfter: Record<string, string>;
  stop(): Promise<void>;
}

/** @param more sources beside them */
export async function startSdkHost(more: Record<string, string> = {}): Promise<SdkHost> {
  const files = readdirSync(SDK_FOLDER, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const sources = files.map((file) => [file.slice(SDK_FOLDER.length + 1), readFileSync(file, 'utf8')] as const);
  const host = await installPackage({ ...Object.fromEntries(sources), ...more });
  // Checks the types, and makes before.js and after.js.
  const compileErrors = await host.run('node_modules/typescript/bin/tsc', '-p', '.').then(
    () => '',
    (error: Error) => error.message,
  );

  const [port = 0, providerPort = 0, apiPort = 0] = await freePorts(3);
  const url = `http://localhost:${port}`;
  const providerUrl = `http://localhost:${providerPort}`;
  const [id, clientSecret] = ['from-the-sdk', 'client-secret-of-the-tests-and-of-nobody-else'];
  const [secret, audience] = ['session-secret-of-the-tests-and-of-nobody-else', 'https://api.gatehouse.test'];
  const common = {
    PORT: String(port),
    MESSAGES_API: `http://localhost:${apiPort}/messages`,
    ISSUER_BASE_URL: providerUrl,
  };
  const envBefore = {
    ...common,
    BASE_URL: url,
    CLIENT_ID: id,
    CLIENT_SECRET: clientSecret,
    SECRET: secret,
    AUDIENCE: audience,
  };
  const envAfter = {
    ...common,
    AUTH0_REDIRECT_URI: `${url}/callback`,
    AUTH0_CLIENT_ID: id,
    AUTH0_CLIENT_SECRET: clientSecret,
    AUTH0_SECRET: secret,
    AUTH0_AUDIENCE: audience,
  };

  const config = readProviderConfig({ ...envAfter, PROVIDER_PORT: String(providerPort) });
  const provider = await createProviderApp(config, { accessTokenTtlSeconds: TOKEN_LIVES_SECONDS });
  const api = express().get('/messages', requireToken({ env: envAfter }), (req, res) => {
    res.json({ for: req.auth?.sub, token: req.auth?.claims['jti'] });
  });
  const server = { variable: '-', host: undefined, shutdownTimeoutSeconds: 1 };
  const servers = [
    await listen(provider, { ...server, name: 'provider', port: providerPort }),
    await listen(api, { ...server, name: 'API', port: apiPort }),
  ];
  const stop = async () => {
    await Promise.all(servers.map((one) => one.stop()));
    host.remove();
  };
  return { url, providerUrl, host, compileErrors, envBefore, envAfter, stop };
}
