import type { ServerMetadata } from 'openid-client';

/** One of many tenants of Entra ID: the document there names no issuer but a template, which each token fills in. */
const MANY_TENANTS =
  /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/(common|organizations|consumers)\//;

export function isOfManyTenants(issuer: string): boolean {
  return MANY_TENANTS.test(issuer);
}

/** The issuer of tokens with these claims, by the document's own spelling; of the tenant `tid` where that is a template. */
export function issuerOf({ issuer }: Pick<ServerMetadata, 'issuer'>, { tid }: { readonly tid?: unknown }): string {
  return typeof tid === 'string' && /^[\w-]+$/.test(tid) ? issuer.replace('{tenantid}', tid) : issuer;
}
