/**
 * What the host keeps in sessions, field by field. Empty here: hosts declare their fields by merging them in; `data`,
 * `save` and `onLogin` are then checked against them.
 *
 *     declare module 'gatehouse' {
 *       interface SessionData { theme?: 'dark' | 'light' }
 *     }
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- it is there to be merged with
export interface SessionData {}
