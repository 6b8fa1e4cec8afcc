import { silent } from '../gatehouse/platform/logger.ts';
import * as oidc from 'openid-client';
import { createProviderClient } from '../gatehouse/oidc/provider-client.ts';
import type { DoorConfig } from '../gatehouse/config/door-config.ts';
import { type Proxies, proxyFor } from '../program/outgoing.ts';
import { type Check, CHECK_MS, check, failed, type Finding, ok, type Trouble, warning } from './check.ts';
import { explainNetwork } from './network.ts';
import { type LoginAnswer, loginRequest, readAudience, readCallback } from './trial-login.ts';

/**
 * Whether the provider knows this client as it is configured. Asks for a token and for a login in ways that must fail,
 * each for just one reason if all is well. Nobody is signed in.
 */
export async function clientChecks(web: DoorConfig, server: oidc.ServerMetadata, proxies: Proxies): Promise<Check[]> {
  const explain = (error: unknown, url = web.issuer) =>
    explainNetwork(error, url, 'the discovery document', proxyFor(new URL(url), proxies));
  const provider = createProviderClient(web, { metadata: async () => server, fetch }, silent);
  const configuration = await provider.configuration();
  configuration.timeout = CHECK_MS / 1000;
  const [client, login] = await Promise.all([
    check(
      'client',
      () => tokenRequest(web, configuration),
      (error) => readTokenError(web, server, error, explain),
    ),
    loginRequest(web, configuration).catch((error: unknown) => error),
  ]);
  if (login instanceof Error) {
    const { message, mend } = explain(login, server.authorization_endpoint);
    return [client, { name: 'callback', ...failed(`the login page: ${message}`, mend) }];
  }
  const answer = login as LoginAnswer;
  return [
    client,
    { name: 'callback', ...readCallback(web, answer) },
    { name: 'audience', ...readAudience(web, answer) },
  ];
}

async function tokenRequest(web: DoorConfig, configuration: oidc.Configuration): Promise<Finding> {
  await oidc.genericGrantRequest(configuration, 'authorization_code', {
    code: 'gatehouse-doctor-asks-with-a-code-that-nobody-issued',
    redirect_uri: web.baseUrl + web.callbackPath,
    code_verifier: oidc.randomPKCECodeVerifier(),
  });
  return warning('the provider gives tokens for any code', 'Do not use this provider.');
}

function readTokenError(
  web: DoorConfig,
  server: oidc.ServerMetadata,
  cause: unknown,
  explain: (error: unknown, url: string | undefined) => Trouble,
): Finding {
  const { error, error_description: description, status, cause: inner } = cause as Partial<oidc.ResponseBodyError>;
  const httpStatus = status ?? (inner instanceof Response ? inner.status : undefined);
  const { method } = web.clientAuthentication;
  if (error === 'invalid_grant') return ok(`${web.clientId} is known, and proves itself by ${method}`);
  const said = `(${[httpStatus && `HTTP ${httpStatus}`, error, description].filter(Boolean).join(', ')})`;
  if (error === 'unauthorized_client' || error === 'unsupported_grant_type') {
    const mend = 'Let the client use the grant types Authorization Code and Refresh Token, as a confidential web app.';
    return failed(`the client may not sign people in with a code ${said}`, mend);
  }
  if (error === 'invalid_client' || httpStatus === 401) {
    const secret =
      method === 'private_key_jwt' ? 'the public key of AUTH0_CLIENT_ASSERTION_SIGNING_KEY' : 'AUTH0_CLIENT_SECRET';
    const methods = server.token_endpoint_auth_methods_supported;
    const other =
      methods && !methods.includes(method)
        ? ` The provider does not accept ${method}: set AUTH0_CLIENT_AUTH_METHOD to one of ${methods.join(', ')}.`
        : '';
    return failed(
      `the provider does not accept the client id or its proof ${said}`,
      `Compare AUTH0_CLIENT_ID, ${secret} and AUTH0_CLIENT_AUTH_METHOD (${method}) with the page of the application at the provider.${other}`,
    );
  }
  if (httpStatus === undefined) {
    const { message, mend } = explain(cause, server.token_endpoint);
    return failed(`the token endpoint: ${message}`, mend);
  }
  if (httpStatus >= 500) {
    return failed(`the token endpoint is in trouble ${said}`, 'Try again later, and look at the log of the provider.');
  }
  return warning(`could not tell whether the secret is right ${said}`, 'Try a login, and see what it says.');
}
