import { STRICT } from './foreign-sources.ts';

/** A host app that declares what its sessions hold. Type-checked only, and apart: its whole program gets the types. */
export const TYPED_DATA_TS = String.raw`
import type { Request } from 'express';
import { gatehouse, type DoorSession, type OnLogin, type SessionData } from 'gatehouse';

declare module 'gatehouse' {
  interface SessionData {
    theme?: 'dark' | 'light';
    cart: readonly { readonly id: number }[];
  }
}

const door = gatehouse({
  onLogin: ({ user }) => ({ cart: [], theme: user.name === 'Alice' ? 'dark' : 'light' }),
});
gatehouse({ onLogin: () => {} });
gatehouse({ onLogin: async ({ user }) => (user.sub === '' ? undefined : { theme: 'dark' }) });
gatehouse({
  onLogin: async ({ user }) => {
    if (user.sub === '') throw new Error('nobody');
  },
});
const fromElsewhere: OnLogin = async () => null;
gatehouse({ onLogin: fromElsewhere });
// @ts-expect-error no such theme
gatehouse({ onLogin: () => ({ theme: 'x' }) });
// @ts-expect-error nor later
gatehouse({ onLogin: async () => ({ theme: 'x' }) });

export async function change(req: Request): Promise<void> {
  const session: DoorSession | undefined = door.session(req);
  const theme: 'dark' | 'light' | undefined = session?.data.theme;
  await session?.save({ theme: theme === 'dark' ? 'light' : 'dark' });
  await session?.save({ theme: undefined, cart: undefined });
  await session?.save({ cart: [...(session.data.cart ?? []), { id: 1 }] });
  await session?.save({});
  const all: Partial<SessionData> | undefined = session?.data;
  void all;
  // @ts-expect-error no such theme
  await session?.save({ theme: 'x' });
  // @ts-expect-error no such field
  await session?.save({ thme: 'dark' });
  // @ts-expect-error no such field
  void session?.data.thme;
  // @ts-expect-error nobody knows whether it was saved
  void session?.data.cart.length;
  // @ts-expect-error it is changed by save
  if (session) session.data.theme = 'dark';
}
`;

/** The tsconfig of that app, with stricter types for optional fields, as some have them, or with laxer ones. */
export const TYPED_DATA_TSCONFIG = (exactOptionalPropertyTypes: boolean) =>
  JSON.stringify({
    compilerOptions: { ...STRICT.compilerOptions, exactOptionalPropertyTypes, noEmit: true },
    files: ['typed-data.ts'],
  });
