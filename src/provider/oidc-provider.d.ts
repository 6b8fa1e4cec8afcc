// What we take from inside oidc-provider: its index.js prints a warning wherever Node is older than 22,
// though all it needs is there in the Node 20 that we support.
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider';
}
declare module 'oidc-provider/lib/helpers/interaction_policy/index.js' {
  export const base: typeof import('oidc-provider').interactionPolicy.base;
}
declare module 'oidc-provider/lib/helpers/errors.js' {
  export const InvalidGrant: typeof import('oidc-provider').errors.InvalidGrant;
  export const InvalidTarget: typeof import('oidc-provider').errors.InvalidTarget;
}
