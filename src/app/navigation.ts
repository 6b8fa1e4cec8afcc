/** A page that the navigation and the home page offer. */
export interface Place {
  readonly href: string;
  readonly label: string;
  /** A symbol of public/icons.svg. */
  readonly icon: string;
  readonly about: string;
}

const PLACES: readonly Place[] = [
  {
    href: '/profile',
    label: 'Profile',
    icon: 'person',
    about: 'Who you are to this app, and what it holds for you',
  },
  { href: '/api-call', label: 'API call', icon: 'key', about: 'How this app calls an API on your behalf' },
  {
    href: '/protected',
    label: 'Protected',
    icon: 'message',
    about: 'A message for everybody who is signed in',
  },
  { href: '/admin', label: 'Admin', icon: 'shield', about: 'A message for those with the permission' },
];

const SESSIONS: Place = {
  href: '/sessions',
  label: 'Sessions',
  icon: 'computer',
  about: 'Your browsers, and signing out elsewhere',
};

/** Where signed-in users can go. Only sessions in Redis can be listed. */
export function placesOf({ hasRedis }: { readonly hasRedis: boolean }): readonly Place[] {
  return hasRedis ? [...PLACES, SESSIONS] : PLACES;
}
