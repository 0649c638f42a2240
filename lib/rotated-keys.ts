/**
 * Which keys of an app already have a rotation.
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

/** The first rotation of each key. */
interface Index {
  /** How many rotations have been indexed. */
  count: number;
  readonly first: Map<KeyIdentity, DeclaredRotation>;
  /** Only tokens that are known at synth. */
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

/** The first of a key's tokens that is known at synth. */
export function firstKnownToken(scope: IConstruct, key: IdentifiableKey): string | undefined {
  return indexOf(scope.node.root).firstToken.get(identityOf(scope, key));
}

function indexOf(root: IConstruct): Index {
  const rotations = rotationsOf(root);
  const index = indexes.get(rotations) ?? { count: 0, first: new Map(), firstToken: new Map() };
  indexes.set(rotations, index);
  for (const declared of rotations.slice(index.count)) {
    const identity = identityOf(declared.rotation, declared.key);
    if (!index.first.has(identity)) index.first.set(identity, declared);
    if (!Token.isUnresolved(declared.token) && !index.firstToken.has(identity))
      index.firstToken.set(identity, declared.token);
  }
  index.count = rotations.length;
  return index;
}

function rotationsOf(root: IConstruct & { [ROTATIONS]?: DeclaredRotation[] }): DeclaredRotation[] {
  const existing = root[ROTATIONS];
  if (existing) return existing;
  const rotations: DeclaredRotation[] = [];
  Object.defineProperty(root, ROTATIONS, { value: rotations });
  return rotations;
}
