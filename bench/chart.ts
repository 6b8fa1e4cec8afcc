import type { Comparison } from './compare.ts';
import type { Results } from './results.ts';

/** The part of the results that the chart needs. */
export type ChartData = Pick<Results, 'views' | 'login' | 'machine' | 'takenAt'>;

interface Bar {
  readonly name: string;
  readonly of: Comparison;
}

const WIDTH = 760;
const LEFT = 190;
const RIGHT = 70;
const ROW = 22;
const GROUP_GAP = 18;
const TOP = 54;

/** Draws the ratios as bars with their quartiles, readable on light and dark backgrounds. */
export function drawChart({ views, login, machine, takenAt }: ChartData): string {
  const groups: readonly [title: string, bars: readonly Bar[]][] = [
    ['JSON /profile', barsOf(views.json)],
    ['HTML /profile', barsOf(views.html)],
    ['anonymous /', barsOf(views.anonymous)],
    ['a login (SDK = 1)', barsOf(login)],
  ];
  const all = groups.flatMap(([, bars]) => bars);
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(...all.map(({ of }) => of.ratio.upperQuartile));
  const parts: string[] = [];
  let y = TOP;
  for (const [title, bars] of groups) {
    parts.push(text(0, y + 15, title, 'title'));
    for (const bar of bars) {
      parts.push(drawBar(bar, y, scale));
      y += ROW;
    }
    y += GROUP_GAP;
  }
  const unit = LEFT + scale;
  parts.push(`<line class="unit" x1="${round(unit)}" y1="${TOP - 8}" x2="${round(unit)}" y2="${y - GROUP_GAP}"/>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 12}" role="img" aria-labelledby="t">
<title id="t">CPU time of a request as a multiple of a bare Express app's</title>
${STYLE}
${text(0, 16, 'CPU time of a request, 1.00 = Express 5 + one Redis GET, no login at all', 'title')}
${text(0, 34, 'medians, and quartiles as whiskers; shorter is better', 'small')}
${parts.join('\n')}
${text(0, y + 4, `${machine}; ${takenAt.slice(0, 10)}`, 'small')}
</svg>
`;
}

const STYLE = `<style>
svg { color: #1f2328; font: 13px system-ui, sans-serif }
text { fill: currentColor }
.title { font-weight: 600 }
.small { font-size: 11px; opacity: .75 }
.bare, .sdk { fill: #8c959f }
.ours { fill: #0969da }
.whisker { stroke: currentColor; stroke-width: 1.5 }
.unit { stroke: currentColor; stroke-dasharray: 3 3; opacity: .5 }
@media (prefers-color-scheme: dark) {
  svg { color: #e6edf3 }
  .bare, .sdk { fill: #6e7681 }
  .ours { fill: #4493f8 }
}
</style>`;

function barsOf(comparisons: Readonly<Record<string, Comparison>>): Bar[] {
  return Object.entries(comparisons).map(([name, of]) => ({ name, of }));
}

function drawBar({ name, of }: Bar, y: number, scale: number): string {
  const { median, lowerQuartile, upperQuartile } = of.ratio;
  const [from, to] = [LEFT + lowerQuartile * scale, LEFT + upperQuartile * scale];
  const middle = y + ROW / 2;
  return [
    text(LEFT - 8, y + 15, name, 'name', 'end'),
    `<rect class="${name}" x="${LEFT}" y="${y + 2}" width="${round(median * scale)}" height="${ROW - 5}" rx="2"/>`,
    `<line class="whisker" x1="${round(from)}" y1="${middle}" x2="${round(to)}" y2="${middle}"/>`,
    text(Math.max(to, LEFT + median * scale) + 8, y + 15, median.toFixed(2), 'value'),
  ].join('\n');
}

function text(x: number, y: number, content: string, style: string, anchor = 'start'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text class="${style}" x="${round(x)}" y="${y}" text-anchor="${anchor}">${escaped}</text>`;
}

const round = (value: number) => Math.round(value * 10) / 10;
