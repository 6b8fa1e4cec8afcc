/** Where the provider takes users on the spot, below its issuer. */
export const USERS_PATH = '/users-on-the-spot';
