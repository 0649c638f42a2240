/** The outcome is not what a step expects. */
export class Unexpected extends Error {
  public override readonly name = 'Unexpected';
}

/** This account cannot show it, for example because its endpoint lacks an operation. */
export class NotPossible extends Error {
  public override readonly name = 'NotPossible';
}

/** @throws Unexpected unless both are equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  const [got, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (got !== wanted) throw new Unexpected(`${what}: expected ${wanted}, but got ${got}.`);
}

/** @throws Unexpected unless the text contains the words, in whatever white space. */
export function expectWords(what: string, text: string, words: string): void {
  const plain = (each: string): string => each.replaceAll(/\s+/g, ' ');
  if (!plain(text).includes(plain(words)))
    throw new Unexpected(`${what} should say "${words}", but says:\n${text.trim().slice(-3000)}`);
}
