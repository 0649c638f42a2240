/**
 * Which keys of an app have a rotation already.
 */
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { type IdentifiableKey, type KeyIdentity, identityOf } from './key-identity';

/** A rotation and its token, which may be unresolved. */
export interface DeclaredRotation {
  readonly rotation: IConstruct;
  readonly key: IdentifiableKey;
  readonly token: string;
}

/** At the root of the construct tree, where another copy of this package finds them too. */
const ROTATIONS = Symbol.for('cdk-on-demand-key-rotation.rotations');

/** How far the rotations of an app have been looked at, and the first ones of each key. */
interface Index {
  looked: number;
  readonly first: Map<KeyIdentity, DeclaredRotation>;
  /** Of those with a token that is known at synth. */
  readonly firstToken: Map<KeyIdentity, string>;
}

const indexes = new WeakMap<readonly DeclaredRotation[], Index>();

export function noteRotation(declared: DeclaredRotation): void {
  rotationsOf(declared.rotation.node.root).push(declared);
}

/**
 * The first rotation that is declared in the app for a key.
 *
 * @param scope a construct of the stack in which the key's ARN is used.
 */
export function firstRotation(scope: IConstruct, key: IdentifiableKey): DeclaredRotation | undefined {
  return indexOf(scope.node.root).first.get(identityOf(scope, key));
}

/** The first token that is known at synth of those that a key is rotated with. */
export function firstKnownToken(scope: IConstruct, key: IdentifiableKey): string | undefined {
  return indexOf(scope.node.root).firstToken.get(identityOf(scope, key));
}

function indexOf(root: IConstruct): Index {
  const rotations = rotationsOf(root);
  const index = indexes.get(rotations) ?? { looked: 0, first: new Map(), firstToken: new Map() };
  indexes.set(rotations, index);
  for (const declared of rotations.slice(index.looked)) {
    const identity = identityOf(declared.rotation, declared.key);
    if (!index.first.has(identity)) index.first.set(identity, declared);
    if (!Token.isUnresolved(declared.token) && !index.firstToken.has(identity))
      index.firstToken.set(identity, declared.token);
  }
  index.looked = rotations.length;
  return index;
}

function rotationsOf(root: IConstruct & { [ROTATIONS]?: DeclaredRotation[] }): DeclaredRotation[] {
  const existing = root[ROTATIONS];
  if (existing) return existing;
  const rotations: DeclaredRotation[] = [];
  Object.defineProperty(root, ROTATIONS, { value: rotations });
  return rotations;
}
