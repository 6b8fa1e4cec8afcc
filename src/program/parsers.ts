import express from 'express';
import type { Parse } from '../gatehouse/config/env-reader.ts';
import { httpUrl } from '../gatehouse/config/parsers.ts';

/** Parsers of variables that the library does not need, only the programs. */

/** The origin of a web application: scheme, host and port only. */
export const origin: Parse<string> = (value) => {
  const url = httpUrl(value);
  if (url.pathname !== '/') throw new Error(`has a path; write only ${url.origin}`);
  return url.origin;
};

/** Express's "trust proxy" value. */
export type TrustProxy = boolean | number | string;

/** `false`, `true`, a number of hops, or addresses, which Express itself checks. */
export const trustProxy: Parse<TrustProxy> = (value) => {
  if (value === 'true' || value === 'false') return value === 'true';
  if (/^\d+$/.test(value)) return Number(value);
  try {
    express().set('trust proxy', value);
  } catch {
    throw new Error(
      'is not a value that Express knows; write false, true, a number of hops, or addresses (10.0.0.0/8)',
    );
  }
  return value;
};
