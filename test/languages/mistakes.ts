/** Programs that must not compile: a comment at the end of a line says what the compiler has to answer to it. */
import { readFileSync } from 'node:fs';

const EXPECTED = / \/\/ error: (.+)$/;

/** What the compiler said, by line. */
export type Answers = ReadonlyMap<number, string>;

/** Says where the compiler let something pass, or answered something else. */
export function wrongAnswers(file: string, answers: Answers): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    const expected = EXPECTED.exec(line)?.[1];
    const answer = answers.get(index + 1);
    if (expected === undefined ? answer === undefined : answer?.includes(expected)) return [];
    return [
      `line ${index + 1} is answered by "${answer ?? 'nothing'}" rather than "${expected ?? 'nothing'}": ${line}`,
    ];
  });
}

/** Reads the answers from what a compiler printed, one a line. */
export function answersIn(printed: string, pattern: RegExp): Answers {
  const matches = [...printed.matchAll(pattern)].map(({ groups }) => groups);
  return new Map(matches.map((groups) => [Number(groups?.line), groups?.message ?? '']));
}
