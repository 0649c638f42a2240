/**
 * Which rotation tokens are allowed: one rule for synthesis and deployment. Not part of the public API.
 */
import { MAX_TOKEN_LENGTH } from './protocol';

/**
 * White space and zero-width characters. At the ends of a token they are easily overlooked, and two tokens are two rotations.
 */
const BLANK = String.raw`[\p{White_Space}\u180E\u200B-\u200D\u2060\uFEFF]`;
const BLANK_ENDS = new RegExp(`^${BLANK}|${BLANK}$`, 'u');
/** Control characters, line breaks, and unpaired surrogates, which UTF-8 cannot encode. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** What is wrong with a token, as a predicate ("is empty"); `undefined` if it is allowed. */
export function tokenProblem(token: string): string | undefined {
  if (token === '') return 'is empty';
  if (token.length > MAX_TOKEN_LENGTH) return `has ${token.length} characters`;
  if (BLANK_ENDS.test(token)) return 'begins or ends with white space';
  if (UNPRINTABLE.test(token)) return 'contains a control character or a line break';
  return undefined;
}
