import CliTable from 'cli-table3';
import alignedMarkdown from 'markdown-table';

export type Cell = string | number;
type Row = readonly Cell[];

const WITHOUT_LINES = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid'].flatMap((side) =>
    ['', '-mid', '-left', '-right'].map((corner) => [`${side}${corner}`, '']),
  ),
);

/** Columns for a terminal, two spaces apart. Those of numbers stand right. */
export function plainTable(rows: readonly Row[]): string {
  const table = new CliTable({
    chars: { ...WITHOUT_LINES, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: alignments(rows, 'right', 'left'),
  });
  table.push(...rows.map((row) => row.map(textOf)));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** As Markdown that reads as a table in a terminal too. Columns of numbers stand right. */
export function markdownTable(header: readonly string[], rows: readonly Row[]): string {
  const align = alignments([header, ...rows], 'r', '');
  return alignedMarkdown([[...header], ...rows.map((row) => row.map(textOf))], { align });
}

/** The first row may name the columns. */
function alignments<Right, Left>([first = [], ...rows]: readonly Row[], right: Right, left: Left): (Right | Left)[] {
  return first.map((_, column) =>
    rows.length > 0 && rows.every((row) => typeof row[column] === 'number') ? right : left,
  );
}

function textOf(cell: Cell): string {
  return typeof cell === 'number' ? cell.toLocaleString('en') : cell;
}
