/**
 * Which keys of an app have a rotation already.
 */
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

/** How far the rotations of an app have been looked at, and the first one of each key. */
interface Index {
  looked: number;
  readonly first: Map<KeyIdentity, DeclaredRotation>;
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
  const rotations = rotationsOf(scope.node.root);
  const index = indexes.get(rotations) ?? { looked: 0, first: new Map<KeyIdentity, DeclaredRotation>() };
  indexes.set(rotations, index);
  for (const declared of rotations.slice(index.looked)) {
    const identity = identityOf(declared.rotation, declared.key);
    if (!index.first.has(identity)) index.first.set(identity, declared);
  }
  index.looked = rotations.length;
  return index.first.get(identityOf(scope, key));
}

function rotationsOf(root: IConstruct & { [ROTATIONS]?: DeclaredRotation[] }): DeclaredRotation[] {
  const existing = root[ROTATIONS];
  if (existing) return existing;
  const rotations: DeclaredRotation[] = [];
  Object.defineProperty(root, ROTATIONS, { value: rotations });
  return rotations;
}
