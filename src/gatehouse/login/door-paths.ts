/** Where the library's own routes are. */
export interface DoorPaths {
  readonly login: string;
  readonly signup: string;
  readonly logout: string;
  /** `false` leaves these pages out. */
  readonly sessions: string | false;
}

export const DEFAULT_PATHS: DoorPaths = {
  login: '/login',
  signup: '/signup',
  logout: '/logout',
  sessions: '/sessions',
};
