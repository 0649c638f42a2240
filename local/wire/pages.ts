/** A part of a list, and the mark from which the next part goes on. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}

/** Cuts a page out of a list. What is no mark of ours throws `badMark`. */
export function page<Item>(
  items: readonly Item[],
  limit: number,
  mark: string | undefined,
  badMark: () => Error,
): Page<Item> {
  const start = mark === undefined ? 0 : position(mark);
  if (start === undefined || start > items.length) {
    throw badMark();
  }
  const end = start + limit;
  return { items: items.slice(start, end), ...(end < items.length && { next: markAt(end) }) };
}

function markAt(index: number): string {
  return Buffer.from(`page:${index}`).toString('base64');
}

function position(mark: string): number | undefined {
  const found = /^page:(\d+)$/.exec(Buffer.from(mark, 'base64').toString('utf8'));
  return found ? Number(found[1]) : undefined;
}
