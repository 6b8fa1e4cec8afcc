export { SessionStoreUnavailableError } from '../errors/session-store-unavailable.ts';

export const ask = <T>(work: Promise<T>) => work;
