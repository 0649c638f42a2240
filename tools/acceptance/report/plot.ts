import type { BoundResult } from '../bounds';
import { number } from './words';

const WIDTH = 620;
const LEFT = 12;
const RIGHT = 12;
const HEIGHT = 76;
const BAND = { top: 12, bottom: 46 };
/** The ratio of limit to worst sample beyond which a linear scale shows nothing. */
const FAR_APART = 8;

/** The samples of a bound against its limit, as an inline SVG; colours come from the page. */
export function plotOf(result: BoundResult): string {
  if (!result.distribution) return '';
  return result.bound.unit === 'times' ? bars(result) : strip(result);
}

/** Samples are dots; median and limit are lines. */
function strip({ bound, samples, distribution, outcome }: BoundResult): string {
  const worst = distribution?.max ?? 0;
  const top = Math.max(bound.limit, worst) * 1.08;
  const isLogarithmic = worst > 0 && bound.limit / worst > FAR_APART;
  const scale = (value: number): number => {
    const share = isLogarithmic ? Math.log10(1 + value) / Math.log10(1 + top) : value / top;
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  };
  const dots = samples.map((sample, index) => {
    // Deterministic, so that the page is reproducible.
    const height = BAND.top + 6 + ((index * 37) % (BAND.bottom - BAND.top - 12));
    return `<circle cx="${fixed(scale(sample))}" cy="${height}" r="3.5"><title>${number(sample)} s</title></circle>`;
  });
  const limit = fixed(scale(bound.limit));
  const labelEnd = scale(bound.limit) > WIDTH / 2;
  const median = distribution?.median ?? 0;
  return svg(`${bound.name}: ${samples.length} samples, worst ${number(worst)} s, limit ${bound.limit} s`, [
    `<rect class="within" x="${LEFT}" y="${BAND.top}" width="${fixed(scale(bound.limit) - LEFT)}" height="${BAND.bottom - BAND.top}"/>`,
    ...(outcome === 'broken'
      ? [
          `<rect class="beyond" x="${limit}" y="${BAND.top}" width="${fixed(WIDTH - RIGHT - scale(bound.limit))}" height="${BAND.bottom - BAND.top}"/>`,
        ]
      : []),
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${BAND.bottom}" y2="${BAND.bottom}"/>`,
    ...ticks(top, isLogarithmic).map(
      (tick) =>
        `<line class="axis" x1="${fixed(scale(tick))}" x2="${fixed(scale(tick))}" y1="${BAND.bottom}" y2="${BAND.bottom + 4}"/>` +
        `<text class="tick" x="${fixed(scale(tick))}" y="${BAND.bottom + 17}" text-anchor="middle">${tick}</text>`,
    ),
    `<g class="${outcome === 'broken' ? 'bad' : 'good'}">${dots.join('')}</g>`,
    `<line class="median" x1="${fixed(scale(median))}" x2="${fixed(scale(median))}" y1="${BAND.top}" y2="${BAND.bottom}"/>`,
    `<line class="limit" x1="${limit}" x2="${limit}" y1="4" y2="${BAND.bottom}"/>`,
    `<text class="name" x="${fixed(scale(bound.limit) + (labelEnd ? -5 : 5))}" y="10" text-anchor="${labelEnd ? 'end' : 'start'}">limit ${bound.limit} s</text>`,
    `<text class="tick" x="${WIDTH - RIGHT}" y="${HEIGHT - 2}" text-anchor="end">seconds${isLogarithmic ? ', logarithmic' : ''}</text>`,
  ]);
}

/** How often each value occurred. */
function bars({ bound, samples }: BoundResult): string {
  const counts = new Map<number, number>();
  for (const sample of [bound.limit, ...samples])
    counts.set(sample, (counts.get(sample) ?? -Number(sample === bound.limit)) + 1);
  for (const [value, count] of counts) if (value === bound.limit) counts.set(value, Math.max(0, count));
  const all = [...counts].sort(([a], [b]) => a - b);
  const most = Math.max(...all.map(([, count]) => count), 1);
  const step = Math.min(120, (WIDTH - LEFT - RIGHT) / all.length);
  return svg(`${bound.name}: ${all.map(([value, count]) => `${count} × ${value}`).join(', ')}`, [
    `<line class="axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${BAND.bottom}" y2="${BAND.bottom}"/>`,
    ...all.map(([value, count], index) => {
      const height = (count / most) * (BAND.bottom - BAND.top - 8);
      const x = LEFT + index * step + 4;
      return (
        `<rect class="${value === bound.limit ? 'good' : 'bad'}" x="${fixed(x)}" y="${fixed(BAND.bottom - height)}" width="${fixed(Math.min(step - 8, 56))}" height="${fixed(height)}" rx="2"/>` +
        `<text class="name" x="${fixed(x)}" y="${fixed(BAND.bottom - height - 3)}">${count} ×</text>` +
        `<text class="tick" x="${fixed(x)}" y="${BAND.bottom + 17}">${value}${value === bound.limit ? ' (as assumed)' : ''}</text>`
      );
    }),
  ]);
}

function svg(label: string, content: readonly string[]): string {
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${content.join('')}</svg>`;
}

function ticks(top: number, isLogarithmic: boolean): number[] {
  if (isLogarithmic) return [0, 1, 10, 60, 600, 3600].filter((tick) => tick <= top);
  const step = [1, 2, 5, 10, 20, 30, 60, 100, 200, 300, 600, 1000, 2000].find((each) => top / each <= 8) ?? top;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}

function fixed(value: number): string {
  return value.toFixed(1);
}
