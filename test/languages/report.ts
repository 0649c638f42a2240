/** What the check has found, a row for each thing checked. */

export interface Row {
  readonly language: string;
  readonly what: string;
  /** The aws-cdk-lib that was used, where one was. */
  readonly cdkVersion: string;
  readonly result: string;
  readonly seconds: number;
}

const HEADER = ['language', 'what', 'aws-cdk-lib', 'result', 'seconds'];

export function table(rows: readonly Row[]): string {
  const byLanguage = [...rows].sort((one, other) => one.language.localeCompare(other.language));
  const cells = byLanguage.map((row) => [row.language, row.what, row.cdkVersion, row.result, row.seconds.toFixed(0)]);
  const widths = HEADER.map((title, column) =>
    Math.max(...[HEADER, ...cells].map((row) => row[column]?.length ?? title.length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [HEADER, widths.map((width) => '-'.repeat(width)), ...cells].map(line).join('\n');
}
