/** Amazon Cognito's end-session endpoint knows `logout_uri`, under a name of its own, and nothing else to come back to. */
export function cognitoLogoutParams(issuer: string, comeBackTo: string): Record<string, string> {
  return /^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com\//.test(issuer) ? { logout_uri: comeBackTo } : {};
}
