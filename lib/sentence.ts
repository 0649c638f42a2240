/**
 * The format of every message that stops synthesis or fails a deployment. Not part of the public API.
 *
 * `[Code] VERDICT. What happened. Run: <one line> More: <link>`
 */

/** The state of this token's rotation of this key. */
export type Verdict = 'NOT ROTATED' | 'ROTATED BEFORE' | 'ROTATION IN PROGRESS' | 'UNKNOWN';

export interface Sentence {
  /** Names the failure in logs, metrics and docs/errors.md. */
  readonly code: string;
  readonly verdict: Verdict;
  /** What is wrong, with which key. One or two short sentences with full stops. */
  readonly what: string;
  /** One line that can be pasted into a shell. */
  readonly run?: string;
  /** What to do, or what to do after `run`. A short sentence with a full stop. */
  readonly then?: string;
}

const CATALOGUE = 'https://github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation/blob/main/docs/errors.md';

export function render({ code, verdict, what, run, then }: Sentence): string {
  const wayOut = [run === undefined ? '' : `Run:\n${run}\n`, then ?? ''].join('').trim();
  return [`[${code}] ${verdict}. ${what}`, wayOut, `More: ${CATALOGUE}#${code.toLowerCase()}`]
    .filter((part) => part !== '')
    .join(run === undefined ? ' ' : '\n');
}
