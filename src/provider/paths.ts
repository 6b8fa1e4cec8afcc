/** The path below the issuer at which the provider makes users on the spot. */
export const USERS_PATH = '/users-on-the-spot';
