/**
 * What the host keeps in sessions, field by field. Empty here: hosts say what theirs is by merging it in, and then `data`,
 * `save` and `onLogin` are checked against that.
 *
 *     declare module 'gatehouse' {
 *       interface SessionData { theme?: 'dark' | 'light' }
 *     }
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it is there to be merged with
export interface SessionData {}
