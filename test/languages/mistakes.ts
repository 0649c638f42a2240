/** Programs that must not compile: a comment at the end of a line holds the error that the compiler must report. */
import { readFileSync } from 'node:fs';

const EXPECTED = / \/\/ error: (.+)$/;

/** The compiler's errors by line. */
export type Answers = ReadonlyMap<number, string>;

/** Finds mistakes that the compiler accepted, and errors that were not expected. */
export function wrongAnswers(file: string, answers: Answers): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const expected = EXPECTED.exec(line)?.[1];
    const actual = answers.get(index + 1);
    if (expected === undefined ? actual === undefined : actual?.includes(expected)) return [];
    return [`line ${index + 1} has the error "${actual ?? 'none'}" instead of "${expected ?? 'none'}": ${line}`];
  });
}

/** Parses a compiler's output, one error per line. */
export function answersIn(printed: string, pattern: RegExp): Answers {
  const matches = [...printed.matchAll(pattern)].map(({ groups }) => groups);
  return new Map(matches.map((groups) => [Number(groups?.line), groups?.message ?? '']));
}
