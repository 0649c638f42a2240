import type { CdkRun } from '../../tools/demo/cdk-cli';

/** How far up a text stands in a terminal of so many columns when all has been printed, the function's log included. */
export function linesBelow(run: CdkRun, text: string, columns: number): number {
  const last = run.lines.findLastIndex((line) => line.includes(text) && !line.includes('Answer: FAILED'));
  return run.lines.slice(last).reduce((sum, { length }) => sum + Math.max(1, Math.ceil(length / columns)), 0);
}
