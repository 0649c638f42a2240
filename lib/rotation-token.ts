/**
 * The rule for rotation tokens, one for construct and handler: a token that is known at deployment only obeys it too.
 */
import { MAX_TOKEN_LENGTH } from './protocol';

/** White space of every Unicode kind, and characters that show as little: zero-width spaces, byte order marks, soft hyphens. */
const INVISIBLE_AT_AN_END = /^[\s\p{Z}\p{Cf}]|[\s\p{Z}\p{Cf}]$/u;
/** Line breaks and control characters, which a log or a shell would tear apart, and halves of surrogate pairs, which UTF-8 lacks. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * What is wrong with a token, as a predicate ("is empty"); undefined if nothing is.
 *
 * Two tokens that look the same would be two rotations, and nobody could see why.
 */
export function tokenFault(token: string): string | undefined {
  if (token === '') return 'is empty';
  if (token.length > MAX_TOKEN_LENGTH) return `has ${token.length} characters ("${token.slice(0, 32)}…")`;
  if (INVISIBLE_AT_AN_END.test(token)) return `begins or ends with white space: ${escaped(token)}`;
  if (UNPRINTABLE.test(token)) return `has a line break or a control character in it: ${escaped(token)}`;
  return undefined;
}

/** In quotes, with what cannot be seen as its code point. */
function escaped(token: string): string {
  return JSON.stringify(token).replace(
    /(?! )[\s\p{Z}\p{C}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
