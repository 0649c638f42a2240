/** What the check has found, a row for each thing checked. */
import { plainTable } from '../../tools/table';

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
  const cells = byLanguage.map((row) => [row.language, row.what, row.cdkVersion, row.result, Math.round(row.seconds)]);
  return plainTable([HEADER, ...cells]);
}
