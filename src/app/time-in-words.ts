const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' });
const MONTHS = Array.from({ length: 12 }, (_, month) => MONTH.format(Date.UTC(2026, month)));
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'always' });
const LENGTH = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Seconds of each, the largest first. The same steps as in `public/comfort.js`. */
const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** From seconds since 1970, or ISO 8601; undefined where it is neither, or out of a date's range. */
export function timeOf(value: unknown): Date | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const date = new Date(typeof value === 'number' ? value * 1000 : value);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** `21 Nov 2026, 12:02 UTC`: the server does not know where the reader is; the script of the pages does. */
export function timeInWords(date: Date): string {
  const [hours, minutes] = [date.getUTCHours(), date.getUTCMinutes()].map((part) => String(part).padStart(2, '0'));
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}, ${hours}:${minutes} UTC`;
}

/** `in 9 minutes`, `2 hours ago`, `just now`. */
export function fromNowInWords(date: Date, now = Date.now()): string {
  const seconds = Math.round((date.getTime() - now) / 1000);
  const minutes = Math.round(seconds / 60) * 60;
  // Rounded first: nearly an hour is "1 hour", not "60 minutes".
  const unit = Math.abs(seconds) < 60 ? undefined : UNITS.find(([, length]) => Math.abs(minutes) >= length);
  if (unit) return relative(Math.round(minutes / unit[1]), unit[0]);
  return seconds > 0 ? 'in less than a minute' : 'just now';
}

/** Needed many times per page, and mostly the same. */
const words = new Map<string, string>();

function relative(value: number, unit: Intl.RelativeTimeFormatUnit): string {
  const key = `${value} ${unit}`;
  const said = words.get(key) ?? RELATIVE.format(value, unit);
  if (words.size < 500) words.set(key, said);
  return said;
}

/** `90 minutes`, `1 day`: how long something lasts. */
export function durationInWords(seconds: number): string {
  const [name, length] = UNITS.slice(2).find(([, size]) => seconds >= size && seconds % size === 0) ?? ['second', 1];
  const count = seconds / length;
  return `${LENGTH.format(count)} ${name}${count === 1 ? '' : 's'}`;
}
