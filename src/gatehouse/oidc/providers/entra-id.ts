/** One of many tenants of Entra ID: the document there names no issuer but a template, which each token fills in. */
const MANY_TENANTS = /^https:\/\/login\.microsoftonline\.com\/(common|organizations|consumers)\//;

export function isOfManyTenants(issuer: string): boolean {
  return MANY_TENANTS.test(issuer);
}

/** The issuer of a token of the tenant `tid`, where the document names a template. */
export function issuerOfTenant(template: string, tid: unknown): string {
  return typeof tid === 'string' && /^[\w-]+$/.test(tid) ? template.replace('{tenantid}', tid) : template;
}
