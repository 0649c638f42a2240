/** The results, one row per check. */
import { plainTable } from '../../tools/table';

export interface Row {
  readonly language: string;
  readonly what: string;
  /** The version of aws-cdk-lib, if the check used one. */
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
