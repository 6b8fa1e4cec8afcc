import compression from 'compression';
import type { RequestHandler } from 'express';

const ACCEPTED = /br|gzip|deflate|\*/i;

/**
 * Leaves an answer alone if it holds both personal data and text from its address: whoever chooses the address could
 * guess the data from the compressed length (BREACH). Pages of signed-in users link back to themselves, so they repeat
 * the query; error pages also repeat the path. An answer that caches may store holds nothing personal.
 */
const filter: compression.CompressionFilter = (req, res) => {
  const isPersonal = String(res.getHeader('cache-control')).includes('no-store');
  const repeats = req.originalUrl.includes('?') || res.statusCode >= 400;
  return !(isPersonal && repeats) && compression.filter(req, res);
};

/**
 * Compresses answers for clients that accept it. For other clients, `compression` would wrap three methods only to
 * find at the end that there is nothing to do. They get the same answer without it, and the `Vary` by which caches
 * tell the two kinds of clients apart.
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
