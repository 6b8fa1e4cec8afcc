/** Amazon Cognito's end-session endpoint takes the address to come back to as `logout_uri` only. */
export function cognitoLogoutParams(issuer: string, comeBackTo: string): Record<string, string> {
  return /^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com\//.test(issuer) ? { logout_uri: comeBackTo } : {};
}
