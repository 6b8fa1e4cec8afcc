/** Whether Keycloak's page was open for too long: its `temporarily_unavailable` then means to begin the login again. */
export function isStalePage(errorDescription: string): boolean {
  return errorDescription === 'authentication_expired';
}
