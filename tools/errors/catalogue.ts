/** docs/errors.md: headings and notes are written by hand, and below each heading stands what is said, which is generated. */
import { inDeployments } from './deployment';
import type { Said } from './said';
import { atSynthesis, inWarnings } from './synthesis';

/** The catalogue with every sentence as the sources have it now. */
export function renewed(catalogue: string): string {
  const said = [...atSynthesis(), ...inDeployments(), ...inWarnings()];
  const entries = catalogue.split(/^(?=### )/m);
  const headings = entries.slice(1).map((entry) => entry.slice('### '.length, entry.indexOf('\n')));
  const missing = new Set(said.map(headingOf).filter((heading) => !headings.includes(heading)));
  if (missing.size > 0)
    throw new Error(`docs/errors.md lacks a heading, with a note below it: ${[...missing].join(', ')}`);
  const silent = headings.filter((heading) => !said.some((each) => headingOf(each) === heading));
  if (silent.length > 0) throw new Error(`docs/errors.md explains what is never said: ${silent.join(', ')}`);
  return entries
    .map((entry) => entry.replace(HEADING_AND_QUOTES, (_, heading: string) => saying(heading, said)))
    .join('');
}

const HEADING_AND_QUOTES = /^### (.+)\n(?:(?:>.*)?\n)*/;

function headingOf({ code, when }: Said): string {
  return when === 'Warning' ? `${code} (warning)` : code;
}

function saying(heading: string, said: readonly Said[]): string {
  const quotes = said.filter((each) => headingOf(each) === heading).map(quoted);
  return [`### ${heading}`, ...quotes].map((part) => `${part}\n\n`).join('');
}

/** Each part on a line of its own in the source, one paragraph when rendered. */
function quoted({ when, what, run, then }: Said): string {
  const parts = [
    `**${when}:** ${escaped(what)}`,
    ...(run === undefined ? [] : [`Run: \`${run}\``]),
    ...(then === undefined ? [] : [escaped(then)]),
  ];
  return parts.map((part) => `> ${part}`).join('\n');
}

function escaped(text: string): string {
  return text.replace(/[<*]/g, '\\$&');
}
