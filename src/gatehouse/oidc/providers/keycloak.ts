/**
 * Keycloak's page was open for too long: it sends the browser back with `temporarily_unavailable`, meaning that the login
 * is to be begun again.
 */
export function isStalePage(errorDescription: string): boolean {
  return errorDescription === 'authentication_expired';
}
