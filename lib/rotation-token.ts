/**
 * Which rotation tokens are allowed: one rule for synthesis and deployment. Not part of the public API.
 */
import { MAX_TOKEN_LENGTH } from './protocol';

/**
 * White space of every kind, and characters that take no space at all. At the ends they make two tokens of what looks like one, and
 * two tokens are two rotations.
 */
const BLANK = String.raw`[\p{White_Space}\u180E\u200B-\u200D\u2060\uFEFF]`;
const BLANK_ENDS = new RegExp(`^${BLANK}|${BLANK}$`, 'u');
/** Controls, line breaks, and halves of characters, which UTF-8 cannot carry. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** What is wrong with a token, as the end of a sentence that begins with its name; `undefined` where it is allowed. */
export function tokenProblem(token: string): string | undefined {
  if (token === '') return 'is empty';
  if (token.length > MAX_TOKEN_LENGTH) return `has ${token.length} characters`;
  if (BLANK_ENDS.test(token)) return 'begins or ends with white space';
  if (UNPRINTABLE.test(token)) return 'contains a control character or a line break';
  return undefined;
}
