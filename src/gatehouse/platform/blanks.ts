/** Without the blanks around it: space and tab (RFC 9110 section 5.6.3). Any other is part of what a header says. */
export function withoutBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
