/** docs/errors.md: headings and notes are handwritten, the messages below each heading are generated. */
import { inDeployments } from './deployment';
import type { Message } from './message';
import { atSynthesis, inWarnings } from './synthesis';

/** The catalogue with all messages renewed from the sources. */
export function renewed(catalogue: string): string {
  const messages = [...atSynthesis(), ...inDeployments(), ...inWarnings()];
  const entries = catalogue.split(/^(?=### )/m);
  const headings = entries.slice(1).map((entry) => entry.slice('### '.length, entry.indexOf('\n')));
  const missing = new Set(messages.map(headingOf).filter((heading) => !headings.includes(heading)));
  if (missing.size > 0)
    throw new Error(`docs/errors.md lacks a heading, with a note below it: ${[...missing].join(', ')}`);
  const unused = headings.filter((heading) => !messages.some((each) => headingOf(each) === heading));
  if (unused.length > 0) throw new Error(`docs/errors.md explains what is never said: ${unused.join(', ')}`);
  return entries
    .map((entry) => entry.replace(HEADING_AND_QUOTES, (_, heading: string) => section(heading, messages)))
    .join('');
}

const HEADING_AND_QUOTES = /^### (.+)\n(?:(?:>.*)?\n)*/;

function headingOf({ code, when }: Message): string {
  return when === 'Warning' ? `${code} (warning)` : code;
}

function section(heading: string, messages: readonly Message[]): string {
  const quotes = messages.filter((each) => headingOf(each) === heading).map(quoted);
  return [`### ${heading}`, ...quotes].map((part) => `${part}\n\n`).join('');
}

/** One line per part in the source, one paragraph when rendered. */
function quoted({ when, what, run, then }: Message): string {
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
