import compression from 'compression';
import type { RequestHandler } from 'express';

const ACCEPTED = /br|gzip|deflate|\*/i;

/**
 * Nothing of a person together with what the address says: from the lengths of such answers one could be guessed by the
 * other (BREACH). Pages of signed-in users link back to themselves, so they repeat the query, and where there is no such
 * page also the path. What may be stored is of nobody.
 */
const filter: compression.CompressionFilter = (req, res) => {
  const isPersonal = String(res.getHeader('cache-control')).includes('no-store');
  const repeats = req.originalUrl.includes('?') || res.statusCode >= 400;
  return !(isPersonal && repeats) && compression.filter(req, res);
};

/**
 * Compresses answers for clients that accept it. For others `compression` would wrap three methods only to find out at
 * the end that there is nothing to do; they get the same answer without it, and the `Vary` by which caches tell them
 * from the rest.
 */
export function compress(): RequestHandler {
  const compressed = compression({ filter });
  return (req, res, next) => {
    if (ACCEPTED.test(req.headers['accept-encoding'] ?? '')) {
      compressed(req, res, next);
      return;
    }
    res.setHeader('Vary', 'Accept-Encoding');
    next();
  };
}
