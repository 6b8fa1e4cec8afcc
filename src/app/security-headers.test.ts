import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import type { Request, RequestHandler, Response } from 'express';
import helmet from 'helmet';
import { helmetOptions, securityHeaders } from './security-headers.ts';

/** The headers that `middleware` writes to a response, in order. */
function headersBy(middleware: RequestHandler): (readonly [string, unknown])[] {
  const req = new IncomingMessage(new Socket());
  const res = new ServerResponse(req);
  const written: (readonly [string, unknown])[] = [];
  res.setHeader = (name, value) => {
    written.push([name, value]);
    return res;
  };
  let isPassedOn = false;
  void middleware(req as Request, res as Response, () => {
    isPassedOn = true;
  });
  assert.ok(isPassedOn);
  return written;
}

describe('the security headers', () => {
  for (const https of [true, false]) {
    it(`are those of helmet for every request, ${https ? 'https' : 'http'}`, () => {
      const options = { https, includeSubDomains: false, providerOrigin: 'https://provider.example' };
      const middleware = securityHeaders(options);
      const expected = headersBy(helmet(helmetOptions(options)));
      assert.deepEqual(headersBy(middleware), expected);
      assert.deepEqual(headersBy(middleware), expected);
      const { 'Content-Security-Policy': csp, ...others } = Object.fromEntries(expected);
      assert.match(String(csp), /form-action 'self' https:\/\/provider\.example;/);
      assert.equal(String(csp).includes('upgrade-insecure-requests'), https);
      assert.equal('Strict-Transport-Security' in others, https);
      const { 'Strict-Transport-Security': hsts } = Object.fromEntries(
        headersBy(securityHeaders({ ...options, includeSubDomains: !options.includeSubDomains })),
      );
      const both = [others['Strict-Transport-Security'], hsts].map((header) =>
        /includeSubDomains/i.test(String(header)),
      );
      assert.deepEqual(both.sort(), https ? [false, true] : [false, false]);
      for (const directive of ["object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]) {
        assert.ok(String(csp).includes(directive), directive);
      }
      assert.equal(others['X-Frame-Options'], 'DENY');
      assert.equal(others['Cross-Origin-Opener-Policy'], 'same-origin');
      assert.equal(others['Cross-Origin-Resource-Policy'], 'same-origin');
      if (https) assert.match(String(hsts), /^max-age=31536000/);
    });
  }
});
