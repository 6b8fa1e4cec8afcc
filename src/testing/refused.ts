const WORDS = 300;

/** An error that quotes the app's answer as plain text. */
export function refusedBy(what: string, status: number | undefined, body: string): Error {
  const text = body
    .replace(/<(head|title|style|script)\b.*?<\/\1>/gs, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const said = [status !== undefined ? `HTTP ${status}` : '', text.slice(0, WORDS)].filter(Boolean).join(': ');
  return new Error(said ? `${what} (${said})` : what);
}
