import Table from 'cli-table3';
import { stringify } from 'csv-stringify/sync';
import { BORDERLESS, trimmed } from './borderless';
import type { Io } from './io';

export const FORMATS = ['table', 'json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

export interface Column<Row> {
  readonly header: string;
  /** `undefined` for an empty cell. */
  readonly cell: (row: Row) => string | number | undefined;
  /** How the cell looks at a terminal. */
  readonly paint?: (row: Row) => ((text: string) => string) | undefined;
}

/** Tables are printed in pages of this many rows, each with a heading, so that long ones appear gradually. */
const PAGE_ROWS = 100;

/** Prints rows as they come: as a table for people, as one JSON array or as CSV for programs. */
export class Sheet<Row extends object> {
  private rows: Row[] = [];
  private count = 0;

  public constructor(
    private readonly io: Pick<Io, 'out' | 'colors'>,
    private readonly format: Format,
    private readonly columns: readonly Column<Row>[],
  ) {}

  public write(row: Row): void {
    switch (this.format) {
      case 'json':
        this.io.out(`${this.count === 0 ? '[' : ','}\n${JSON.stringify(row)}`);
        break;
      case 'csv':
        if (this.count === 0) this.writeHeading();
        this.io.out(csv(this.columns.map(({ cell }) => cell(row))));
        break;
      case 'table':
        this.rows.push(row);
        if (this.rows.length === PAGE_ROWS) this.flush();
    }
    this.count += 1;
  }

  /** Call this after the last row, even after a failure, to complete the JSON array. */
  public end(): void {
    if (this.format === 'json') this.io.out(this.count === 0 ? '[]\n' : '\n]\n');
    if (this.format === 'csv' && this.count === 0) this.writeHeading();
    if (this.rows.length > 0) this.flush();
  }

  private writeHeading(): void {
    this.io.out(csv(this.columns.map(({ header }) => header)));
  }

  private flush(): void {
    const { colors, out } = this.io;
    const table = new Table({
      ...BORDERLESS,
      head: this.columns.map(({ header }) => colors.bold(header.toUpperCase())),
    });
    table.push(
      ...this.rows.map((row) =>
        this.columns.map(({ cell, paint }) => (paint?.(row) ?? String)(String(cell(row) ?? ''))),
      ),
    );
    out(`${trimmed(table)}\n`);
    this.rows = [];
  }
}

/** Escapes formulas, which spreadsheets would execute: anybody may have chosen the aliases and tokens. */
function csv(cells: readonly (string | number | undefined)[]): string {
  return stringify([[...cells]], { escape_formulas: true });
}
