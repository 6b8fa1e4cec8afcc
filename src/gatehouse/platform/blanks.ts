/** Trims space and tab (RFC 9110 section 5.6.3). Any other blank is part of what a header says. */
export function withoutBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
