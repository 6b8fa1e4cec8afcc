import bowser from 'bowser';

/** A browser in words, such as "Chrome on Linux", from what it says of itself. */
export function deviceInWords(userAgent: string | undefined): string {
  if (!userAgent) return 'An unknown device';
  const { browser, os } = bowser.parse(userAgent);
  if (browser.name && os.name) return `${browser.name} on ${os.name}`;
  return browser.name ?? os.name ?? userAgent.split(/[\s/]/, 1)[0]?.slice(0, 40) ?? 'An unknown device';
}
