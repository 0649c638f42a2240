import { type Html, html } from './html';
import { type Entry, type Kind, MISMATCHES } from './key-evidence';
import type { Period } from './period';

const WIDTH = 1000;
const HEIGHT = 56;
const LEFT = 10;
const AXIS = 30;
/** Mismatches are above the axis, where no rotation of the same day hides them. */
const ABOVE = 12;

/** Each kind has its own shape, to be distinguishable without colours. */
const MARKS: Readonly<Partial<Record<Kind, (x: number, y: number) => Html>>> = {
  rotated: (x, y) => html`<circle class="rotated" cx="${x}" cy="${y}" r="6" />`,
  automatic: (x, y) => html`<circle class="automatic" cx="${x}" cy="${y}" r="5.5" />`,
  'by hand': (x, y) => html`<path class="by-hand" d="M${x} ${y - 8}l8 8-8 8-8-8z" />`,
  'no rotation': (x, y) => html`<path class="no-rotation" d="M${x} ${y - 7}l7 13h-14z" />`,
  refused: (x, y) => html`<path class="refused" d="M${x - 5} ${y - 5}l10 10m0-10l-10 10" />`,
  undecided: (x, y) => html`<rect class="undecided" x="${x - 5}" y="${y - 5}" width="10" height="10" />`,
  baseline: (x, y) => html`<path class="baseline" d="M${x} ${y - 7}v14" />`,
};

export const MEANINGS: Readonly<Partial<Record<Kind, string>>> = {
  rotated: 'rotated for a token',
  automatic: 'rotated by KMS’s schedule',
  'by hand': 'rotated by hand: no record',
  'no rotation': 'record without a rotation',
  refused: 'failed attempt',
  undecided: 'attempt of unknown outcome',
  baseline: 'token recorded, not rotated',
};

/** A key's events, on the same axis for all keys of a page. */
export function timeline(entries: readonly Entry[], period: Period, name: string): Html {
  const marks = entries.flatMap(({ kind, at, token }) => {
    const mark = MARKS[kind];
    if (!mark || at === undefined) return [];
    const title = `${at.slice(0, 16)}Z ${MEANINGS[kind] ?? kind}${token === undefined ? '' : `: ${token}`}`;
    return [
      html`<g
        ><title>${title}</title>${mark(xOf(Date.parse(at), period), MISMATCHES.includes(kind) ? ABOVE : AXIS)}</g
      >`,
    ];
  });
  return html`<svg class="timeline" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Time line of ${name}">
    <path class="axis" d="M${LEFT} ${AXIS}h${WIDTH - 2 * LEFT}" />
    ${ticks(period)} ${marks}
  </svg>`;
}

export function legend(kinds: ReadonlySet<Kind>): Html {
  return html`<ul class="legend">
    ${Object.entries(MEANINGS)
      .filter(([kind]) => kinds.has(kind as Kind))
      .map(
        ([kind, meaning]) =>
          html`<li>
            <svg viewBox="0 0 20 20" width="16" height="16">${MARKS[kind as Kind]?.(10, 10)}</svg> ${meaning}
          </li>`,
      )}
  </ul>`;
}

function xOf(at: number, { from, to }: Period): number {
  const share = to > from ? (at - from) / (to - from) : 0.5;
  return Math.round((LEFT + 10 + share * (WIDTH - 2 * LEFT - 20)) * 10) / 10;
}

const DAY = 24 * 60 * 60_000;

/** Ticks at days, months, half-years or years, depending on the period; if it is short, at its ends. */
function ticks(period: Period): Html[] {
  const days = (period.to - period.from) / DAY;
  const first = new Date(period.from);
  const marks: [at: number, label: string][] = [];
  const step = days <= 3 ? 0 : days <= 45 ? Math.ceil(days / 8) : 0;
  if (step > 0) {
    for (let at = Math.ceil(period.from / DAY) * DAY; at <= period.to; at += step * DAY)
      marks.push([at, iso(at).slice(5, 10)]);
  } else if (days <= 3) {
    marks.push([period.from, `${iso(period.from).slice(0, 16)}Z`], [period.to, `${iso(period.to).slice(0, 16)}Z`]);
  } else {
    const months = days <= 400 ? 1 : days <= 1500 ? 6 : 12;
    for (let month = first.getUTCMonth() + 1; ; month++) {
      const at = Date.UTC(first.getUTCFullYear(), month);
      if (at > period.to) break;
      if (new Date(at).getUTCMonth() % months === 0) marks.push([at, iso(at).slice(0, 7)]);
    }
  }
  return marks.map(([at, label], index) => {
    const x = xOf(at, period);
    const anchor = x < 60 ? 'start' : x > WIDTH - 60 && index > 0 ? 'end' : 'middle';
    return html`<path class="tick" d="M${x} ${AXIS - 4}v8" /><text x="${x}" y="${HEIGHT - 4}" text-anchor="${anchor}"
        >${label}</text
      >`;
  });
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
