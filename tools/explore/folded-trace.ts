import type { RecordedEvent } from '../simulation/record';

interface Line {
  readonly at: number;
  /** The invocation; empty for events outside of any. */
  readonly who: string;
  readonly text: string;
}

/** Calls of an invocation share a line if they are at most this many seconds apart. */
const MAX_GAP = 0.1;
const WIDTH = 200;
const SHORT_FORMS: readonly (readonly [RegExp, string])[] = [
  [/^DescribeKey -> (\w+) (.*)$/, '$1, $2'],
  [/^GetKeyRotationStatus -> (at rest|in progress)$/, '$1'],
  [/^ListKeyRotations -> (\d+ listed)$/, '$1'],
  [/^GetParametersByPath -> /, 'ledger: '],
  [/arn:[\w-]+:kms:[\w-]+:\d+:key\/0*(\d+)-[\w-]+/g, '$1'],
];

/**
 * A run's events, short enough for one screen: successive calls of an invocation share a line, and a line that an invocation
 * repeats, as in polling, is shown once.
 */
export function foldedTrace(events: readonly RecordedEvent[]): string[] {
  return fold(linesOf(events)).map(({ at, who, text }) => {
    const line = `${at.toFixed(2).padStart(9)} s ${who.padEnd(4)}${text}`;
    return line.length > WIDTH ? `${line.slice(0, WIDTH)}…` : line;
  });
}

function linesOf(events: readonly RecordedEvent[]): Line[] {
  const lines: Line[] = [];
  let calls: { readonly at: number; until: number; readonly who: string; readonly texts: string[] } | undefined;
  const endCalls = () => {
    if (calls) lines.push({ at: calls.at, who: calls.who, text: calls.texts.join(' · ') });
    calls = undefined;
  };
  for (const event of events) {
    const who = event.invocation === undefined ? '' : `i${event.invocation}`;
    const text = textOf(event);
    if (text === undefined) continue;
    if (event.kind !== 'call' || calls?.who !== who || event.at > calls.until + MAX_GAP) endCalls();
    if (event.kind === 'call') {
      calls ??= { at: event.at, until: event.at, who, texts: [] };
      calls.until = event.at;
      calls.texts.push(text);
    } else lines.push({ at: event.at, who, text });
  }
  endCalls();
  return lines;
}

function textOf({ kind, text, index }: RecordedEvent): string | undefined {
  if (kind === 'deviation') return `*** call #${index ?? ''} ${text}`;
  const full = kind === 'log' ? textOfLog(text) : text;
  return full && SHORT_FORMS.reduce((short, [pattern, by]) => short.replace(pattern, by), full);
}

/** Only log lines that add to the calls have a text. */
function textOfLog(json: string): string | undefined {
  const { message, step, why, status, reason } = JSON.parse(json) as Readonly<Record<string, string | undefined>>;
  if (message === 'Step') return `decides: ${step ?? ''} (${why ?? ''})`;
  if (message === 'Answer') return `answers: ${status ?? ''} ${reason?.split('\n')[0] ?? ''}`;
  return undefined;
}

function fold(lines: readonly Line[]): Line[] {
  const folded: Line[] = [];
  const latest = new Map<string, { readonly line: Line; repeated: number; until: number }>();
  const endRepeats = (who: string) => {
    const known = latest.get(who);
    if (!known || known.repeated === 0) return;
    folded.push({ at: known.until, who, text: `… the same ${known.repeated} x more, until now` });
  };
  for (const line of lines) {
    const known = latest.get(line.who);
    if (known?.line.text === line.text) {
      known.repeated++;
      known.until = line.at;
      continue;
    }
    endRepeats(line.who);
    latest.set(line.who, { line, repeated: 0, until: line.at });
    folded.push(line);
  }
  for (const who of latest.keys()) endRepeats(who);
  return folded;
}
