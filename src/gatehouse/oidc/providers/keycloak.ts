/**
 * Keycloak's page was open for too long: it sends the browser back with `temporarily_unavailable`, meaning that the
 * login should begin again.
 */
export function isStalePage(errorDescription: string): boolean {
  return errorDescription === 'authentication_expired';
}
