import type { CfnResource } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { RotatableKey } from './rotatable-key';

/** A rotation and its token, which may be unresolved. */
export interface DeclaredRotation {
  readonly rotation: IConstruct;
  readonly token: string;
}

/** The first rotation of each key, app by app. */
const rotations = new WeakMap<IConstruct, Map<CfnResource | string, DeclaredRotation>>();

/** Notes that a rotation is declared for a key, and returns the first one of that key in the app: itself, or an earlier one. */
export function noteRotation(declared: DeclaredRotation, key: RotatableKey): DeclaredRotation {
  const { root } = declared.rotation.node;
  const ofApp = rotations.get(root) ?? new Map<CfnResource | string, DeclaredRotation>();
  rotations.set(root, ofApp);

  const first = ofApp.get(identityOf(key)) ?? declared;
  ofApp.set(identityOf(key), first);
  return first;
}

/** The first rotation that is declared for a key in the app, if there is one. */
export function existingRotation(
  scope: IConstruct,
  key: Pick<RotatableKey, 'arn' | 'declaration'>,
): IConstruct | undefined {
  return rotations.get(scope.node.root)?.get(identityOf(key))?.rotation;
}

/** An L2 and its L1 have ARN tokens of their own. */
function identityOf({ arn, declaration }: Pick<RotatableKey, 'arn' | 'declaration'>): CfnResource | string {
  return declaration ?? arn;
}
