import type { ServerMetadata } from 'openid-client';

/** For many tenants Entra ID's document names no issuer but a template, which each token fills in. */
const MANY_TENANTS =
  /^https:\/\/login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/(common|organizations|consumers)\//;

export function isOfManyTenants(issuer: string): boolean {
  return MANY_TENANTS.test(issuer);
}

/** The issuer of tokens with these claims, as the document spells it; that of the tenant `tid` if it is a template. */
export function issuerOf({ issuer }: Pick<ServerMetadata, 'issuer'>, { tid }: { readonly tid?: unknown }): string {
  return typeof tid === 'string' && /^[\w-]+$/.test(tid) ? issuer.replace('{tenantid}', tid) : issuer;
}
