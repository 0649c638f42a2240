const BORDERS = ['top', 'bottom', 'left', 'mid', 'right'].flatMap((side) =>
  ['', '-mid', '-left', '-right'].map((corner) => `${side}${corner}`),
);

/** Options of cli-table3 for columns two spaces apart, without lines. */
export const BORDERLESS = {
  chars: { ...Object.fromEntries(BORDERS.map((border) => [border, ''])), middle: '  ' },
  style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
};

/** A table's text without trailing spaces. */
export function trimmed(table: { toString(): string }): string {
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
