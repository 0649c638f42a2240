import type {
  GetKeyRotationStatusCommandOutput,
  KeyMetadata,
  ListKeyRotationsCommandOutput,
} from '@aws-sdk/client-kms';
import { awsError } from './aws-error';
import type { Configuration, Pace } from './configuration';

/** Whose call a rotation is. */
export type Cause = 'by hand' | 'KMS itself' | { readonly token: string };

export interface Rotation {
  readonly by: Cause;
  readonly acceptedAt: number;
  readonly startDateGoneAt: number;
  readonly inForceAt: number;
  readonly listedAt: number;
  readonly material: string;
}

export type KeyState = 'Enabled' | 'Disabled' | 'PendingDeletion';

export interface KeyOptions {
  readonly pace: Pace;
  readonly multiRegion: boolean;
  /** On-demand rotations of before. */
  readonly usedRotations: number;
  readonly historyOrder: Configuration['historyOrder'];
  readonly swallowing: Configuration['swallowing'];
}

export const ROTATIONS_PER_KEY = 25;

/** One KMS key. Reads take the time whose state they show, which may be past: KMS is eventually consistent. */
export class KmsKey {
  public readonly rotations: Rotation[] = [];
  /** KMS rotates the key by itself, and refuses on-demand rotations, until then. */
  public conflictUntil = 0;
  private readonly states: { readonly since: number; readonly state: KeyState }[] = [
    { since: -Infinity, state: 'Enabled' },
  ];

  public constructor(
    public readonly arn: string,
    private readonly options: KeyOptions,
  ) {}

  /** On-demand rotations of the key's life so far. */
  public get used(): number {
    return this.options.usedRotations + this.onDemand.length;
  }

  public setState(state: KeyState, now: number): void {
    this.states.push({ since: now, state });
  }

  /** @returns the rotation that the call has caused; undefined where KMS swallows it. */
  public rotate(by: Cause, now: number): Rotation | undefined {
    const state = this.stateAt(now);
    if (state === 'Disabled') throw awsError('DisabledException');
    if (state === 'PendingDeletion') throw awsError('KMSInvalidStateException');
    if (now < this.conflictUntil) throw awsError('ConflictException');
    if (this.onDemand.some((rotation) => now < this.swallowsUntil(rotation))) return undefined;
    if (this.used >= ROTATIONS_PER_KEY) throw awsError('LimitExceededException');
    return this.add(by, now, this.options.pace);
  }

  /** As somebody does who takes a refusal for an answer. */
  public tryToRotate(by: Cause, now: number): Rotation | undefined {
    try {
      return this.rotate(by, now);
    } catch {
      return undefined;
    }
  }

  /** KMS rotates the key by itself: refuses calls for so long, and then has new material. */
  public rotateAutomatically(now: number, duration: number): void {
    this.conflictUntil = now + duration;
    this.add('KMS itself', now, { startDateGone: 0, inForce: duration, listed: duration });
  }

  public describe(view: number): KeyMetadata {
    const { multiRegion } = this.options;
    return {
      KeyId: this.arn.slice(this.arn.lastIndexOf('/') + 1),
      Arn: this.arn,
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: this.stateAt(view),
      Origin: 'AWS_KMS',
      MultiRegion: multiRegion,
      ...(multiRegion && { MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY' as const } }),
      CurrentKeyMaterialId: this.materialAt(view),
    };
  }

  public status(view: number): GetKeyRotationStatusCommandOutput {
    const inProgress = this.inProgressAt(view);
    return {
      $metadata: {},
      KeyId: this.arn,
      KeyRotationEnabled: false,
      ...(inProgress && { OnDemandRotationStartDate: dateOf(inProgress.acceptedAt) }),
    };
  }

  /** @param viewOf The time whose state a rotation's entry shows. */
  public list(viewOf: (rotation: Rotation) => number): ListKeyRotationsCommandOutput {
    const before = Array.from({ length: this.options.usedRotations }, (_, i) => ({
      KeyId: this.arn,
      KeyMaterialId: `before-${i}`,
      RotationDate: new Date(i),
      RotationType: 'ON_DEMAND' as const,
    }));
    const since = this.listed(viewOf).map(({ by, material, listedAt }) => ({
      KeyId: this.arn,
      KeyMaterialId: material,
      RotationDate: dateOf(listedAt),
      RotationType: by === 'KMS itself' ? ('AUTOMATIC' as const) : ('ON_DEMAND' as const),
    }));
    return { $metadata: {}, Rotations: this.inOrder([...before, ...since]), Truncated: false };
  }

  public listed(viewOf: (rotation: Rotation) => number): readonly Rotation[] {
    return this.rotations
      .filter((rotation) => rotation.listedAt <= viewOf(rotation))
      .sort((a, b) => a.listedAt - b.listedAt);
  }

  public inProgressAt(view: number): Rotation | undefined {
    return this.onDemand.find(({ acceptedAt, startDateGoneAt }) => acceptedAt <= view && view < startDateGoneAt);
  }

  private get onDemand(): readonly Rotation[] {
    return this.rotations.filter(({ by }) => by !== 'KMS itself');
  }

  private stateAt(view: number): KeyState {
    return this.states.findLast(({ since }) => since <= view)?.state ?? 'Enabled';
  }

  private materialAt(view: number): string {
    let current: Rotation | undefined;
    for (const rotation of this.rotations) {
      if (rotation.inForceAt <= view && (!current || rotation.inForceAt >= current.inForceAt)) current = rotation;
    }
    return current?.material ?? 'first';
  }

  private swallowsUntil({ startDateGoneAt, inForceAt, listedAt }: Rotation): number {
    const { swallowing } = this.options;
    return swallowing === undefined
      ? startDateGoneAt
      : Math.max(startDateGoneAt, inForceAt, listedAt) + swallowing * 1000;
  }

  private inOrder<T>(list: readonly T[]): T[] {
    switch (this.options.historyOrder) {
      case 'oldest first':
        return [...list];
      case 'newest first':
        return [...list].reverse();
      case 'none':
        // Neither the oldest nor the newest has a place of its own.
        return [...list.filter((_, i) => i % 2 === 1).reverse(), ...list.filter((_, i) => i % 2 === 0)];
    }
  }

  private add(by: Cause, now: number, pace: Pace): Rotation {
    const rotation = {
      by,
      acceptedAt: now,
      startDateGoneAt: now + pace.startDateGone,
      inForceAt: now + pace.inForce,
      listedAt: now + pace.listed,
      material: `material-${this.rotations.length + 1}`,
    };
    this.rotations.push(rotation);
    return rotation;
  }
}

/** To the second, as coarse as a date may be. */
function dateOf(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}
