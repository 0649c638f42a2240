import CliTable from 'cli-table3';
import alignedMarkdown from 'markdown-table';
import { BORDERLESS, trimmed } from '../cli/borderless';

export type Cell = string | number;
type Row = readonly Cell[];

/** Columns for a terminal, two spaces apart. Numbers are right-aligned. */
export function plainTable(rows: readonly Row[]): string {
  const table = new CliTable({ ...BORDERLESS, colAligns: alignments(rows, 'right', 'left') });
  table.push(...rows.map((row) => row.map(textOf)));
  return trimmed(table);
}

/** Markdown that reads as a table in a terminal, too. Numbers are right-aligned. */
export function markdownTable(header: readonly string[], rows: readonly Row[]): string {
  const align = alignments([header, ...rows], 'r', '');
  return alignedMarkdown([[...header], ...rows.map((row) => row.map(textOf))], { align });
}

/** The first row may be a header. */
function alignments<Right, Left>([first = [], ...rows]: readonly Row[], right: Right, left: Left): (Right | Left)[] {
  return first.map((_, column) =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number') ? right : left,
  );
}

function textOf(cell: Cell): string {
  return typeof cell === 'number' ? cell.toLocaleString('en') : cell;
}
