import bowser from 'bowser';

const UNKNOWN = 'An unknown browser';
/** Some patterns of bowser take a name from the text itself, of whatever length. */
const MAX_LENGTH = 40;

/** The first product of a user agent that is not a browser (RFC 9110 section 10.1.5): `curl`, `node`. */
const PRODUCT = /^(?!mozilla\b)([\w.-]{1,40})(?:\/|$)/i;

/** What to call a browser, and whether it is on a handheld device; from untrusted text. */
export function deviceOf(userAgent: string | undefined): { device: string; isHandheld: boolean } {
  const type = userAgent ? bowser.parse(userAgent).platform.type : undefined;
  return { device: deviceInWords(userAgent), isHandheld: type === 'mobile' || type === 'tablet' };
}

/** A browser in words, such as "Chrome on Linux" or "Safari on iPhone", from what it says of itself: untrusted text. */
export function deviceInWords(userAgent: string | undefined): string {
  if (!userAgent) return UNKNOWN;
  const { browser, os, platform } = bowser.parse(userAgent);
  const name = browser.name?.replace(/ for .*/, ''); // "Samsung Internet for Android on Android"
  const words = [name, platform.model ?? os.name].filter(Boolean).map((word) => word?.slice(0, MAX_LENGTH));
  return words.join(' on ') || (PRODUCT.exec(userAgent)?.[1] ?? UNKNOWN);
}
