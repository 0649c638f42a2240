import { Token } from 'aws-cdk-lib';
import { Construct } from 'constructs';

const MAX_LENGTH = 100;

/** A value for a message about it. It may be of any type, because JavaScript and jsii do not check types. */
export function shown(value: unknown): string {
  if (Token.isUnresolved(value)) return 'not known at synth';
  if (isConstruct(value)) return `construct ${value.node.path}`;
  if (typeof value === 'string') return escaped(shortened(value));
  if (typeof value === 'object' && value !== null) return shortened(JSON.stringify(value));
  return String(value);
}

function shortened(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH)}…`;
}

/** Of any copy of the constructs package. */
export function isConstruct(value: unknown): value is Construct {
  if (value instanceof Construct) return true;
  return typeof value === 'object' && value !== null && 'node' in value;
}

/** In quotes, with invisible characters as code points. */
function escaped(text: string): string {
  return JSON.stringify(text).replace(
    /(?! )[\s\p{Z}\p{C}]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
