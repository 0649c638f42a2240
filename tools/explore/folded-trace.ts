import type { RecordedEvent } from '../simulation/record';

interface Line {
  readonly at: number;
  /** The invocation; empty for the world around it. */
  readonly who: string;
  readonly text: string;
}

/** Calls that an invocation makes one after the other follow each other within that many seconds. */
const AT_ONCE = 0.1;
const WIDTH = 200;
/** How calls are told, to be read rather than searched for. */
const SHORT: readonly (readonly [RegExp, string])[] = [
  [/^DescribeKey -> (\w+) (.*)$/, '$1, $2'],
  [/^GetKeyRotationStatus -> (at rest|in progress)$/, '$1'],
  [/^ListKeyRotations -> (\d+ listed)$/, '$1'],
  [/^GetParametersByPath -> /, 'ledger: '],
  [/arn:[\w-]+:kms:[\w-]+:\d+:key\/0*(\d+)-[\w-]+/g, '$1'],
];

/**
 * What happened in a run, so that it reads in a screen: calls that an invocation makes at once are one line, and a line that an
 * invocation would repeat, as polling does, is told once.
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
    const text = told(event);
    if (text === undefined) continue;
    if (event.kind !== 'call' || calls?.who !== who || event.at > calls.until + AT_ONCE) endCalls();
    if (event.kind === 'call') {
      calls ??= { at: event.at, until: event.at, who, texts: [] };
      calls.until = event.at;
      calls.texts.push(text);
    } else lines.push({ at: event.at, who, text });
  }
  endCalls();
  return lines;
}

function told({ kind, text, index }: RecordedEvent): string | undefined {
  if (kind === 'deviation') return `*** call #${index ?? ''} ${text}`;
  const words = kind === 'log' ? logged(text) : text;
  return words && SHORT.reduce((short, [pattern, by]) => short.replace(pattern, by), words);
}

/** Of the handler's log what is not told by the calls. */
function logged(json: string): string | undefined {
  const { message, step, why, status, reason } = JSON.parse(json) as Readonly<Record<string, string | undefined>>;
  if (message === 'Step') return `decides: ${step ?? ''} (${why ?? ''})`;
  if (message === 'Answer') return `answers: ${status ?? ''} ${reason?.split('\n')[0] ?? ''}`;
  return undefined;
}

function fold(lines: readonly Line[]): Line[] {
  const folded: Line[] = [];
  const latest = new Map<string, { readonly line: Line; repeated: number; until: number }>();
  const tell = (who: string) => {
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
    tell(line.who);
    latest.set(line.who, { line, repeated: 0, until: line.at });
    folded.push(line);
  }
  for (const who of latest.keys()) tell(who);
  return folded;
}
