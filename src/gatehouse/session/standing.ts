/** Who asks: signed in, nobody, signed out by somebody else, or `unknown` where sessions cannot be read. */
export type Standing = 'signed in' | 'anonymous' | 'signed out elsewhere' | 'unknown';
