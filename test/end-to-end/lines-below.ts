import type { CdkRun } from '../../tools/demo/cdk-cli';

/** How many lines from the end of the output a text is in a terminal of `columns` columns, including the function's log. */
export function linesBelow(run: CdkRun, text: string, columns: number): number {
  const last = run.lines.findLastIndex((line) => line.includes(text) && !line.includes('Answer: FAILED'));
  return run.lines.slice(last).reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / columns)), 0);
}
