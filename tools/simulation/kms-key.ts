import type {
  GetKeyRotationStatusCommandOutput,
  KeyMetadata,
  ListKeyRotationsCommandOutput,
} from '@aws-sdk/client-kms';
import { awsError } from './aws-error';
import type { Configuration, Pace } from './configuration';

/** Who caused a rotation. */
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
  /** On-demand rotations before the run. */
  readonly usedRotations: number;
  readonly historyOrder: Configuration['historyOrder'];
  readonly swallowing: Configuration['swallowing'];
}

export const ROTATIONS_PER_KEY = 25;

/** A KMS key. Reads show its state as of some time, which may be past: KMS is eventually consistent. */
export class KmsKey {
  public readonly rotations: Rotation[] = [];
  /** Until then an automatic rotation makes KMS refuse on-demand rotations. */
  public conflictUntil = 0;
  private readonly states: { readonly since: number; readonly state: KeyState }[] = [
    { since: -Infinity, state: 'Enabled' },
  ];

  public constructor(
    public readonly arn: string,
    private readonly options: KeyOptions,
  ) {}

  /** On-demand rotations in the key's lifetime. */
  public get used(): number {
    return this.options.usedRotations + this.onDemand.length;
  }

  public setState(state: KeyState, now: number): void {
    this.states.push({ since: now, state });
  }

  /** @returns the rotation that the call causes; undefined if KMS swallows it. */
  public rotate(by: Cause, now: number): Rotation | undefined {
    const state = this.stateAt(now);
    if (state === 'Disabled') throw awsError('DisabledException');
    if (state === 'PendingDeletion') throw awsError('KMSInvalidStateException');
    if (now < this.conflictUntil) throw awsError('ConflictException');
    if (this.onDemand.some((rotation) => now < this.swallowsUntil(rotation))) return undefined;
    if (this.used >= ROTATIONS_PER_KEY) throw awsError('LimitExceededException');
    return this.add(by, now, this.options.pace);
  }

  /** Rotates, unless KMS refuses. */
  public tryToRotate(by: Cause, now: number): Rotation | undefined {
    try {
      return this.rotate(by, now);
    } catch {
      return undefined;
    }
  }

  /** KMS refuses calls for this long, and then has new material. */
  public rotateAutomatically(now: number, duration: number): void {
    this.conflictUntil = now + duration;
    this.add('KMS itself', now, { startDateGone: 0, inForce: duration, listed: duration });
  }

  public describe(asOf: number): KeyMetadata {
    const { multiRegion } = this.options;
    return {
      KeyId: this.arn.slice(this.arn.lastIndexOf('/') + 1),
      Arn: this.arn,
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: this.stateAt(asOf),
      Origin: 'AWS_KMS',
      MultiRegion: multiRegion,
      ...(multiRegion && { MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY' as const } }),
      CurrentKeyMaterialId: this.materialAt(asOf),
    };
  }

  public status(asOf: number): GetKeyRotationStatusCommandOutput {
    const inProgress = this.inProgressAt(asOf);
    return {
      $metadata: {},
      KeyId: this.arn,
      KeyRotationEnabled: false,
      ...(inProgress && { OnDemandRotationStartDate: dateOf(inProgress.acceptedAt) }),
    };
  }

  /** @param asOf the time whose state a rotation's entry shows. */
  public list(asOf: (rotation: Rotation) => number): ListKeyRotationsCommandOutput {
    const before = Array.from({ length: this.options.usedRotations }, (_, i) => ({
      KeyId: this.arn,
      KeyMaterialId: `before-${i}`,
      RotationDate: new Date(i),
      RotationType: 'ON_DEMAND' as const,
    }));
    const since = this.listed(asOf).map(({ by, material, listedAt }) => ({
      KeyId: this.arn,
      KeyMaterialId: material,
      RotationDate: dateOf(listedAt),
      RotationType: by === 'KMS itself' ? ('AUTOMATIC' as const) : ('ON_DEMAND' as const),
    }));
    return { $metadata: {}, Rotations: this.inOrder([...before, ...since]), Truncated: false };
  }

  public listed(asOf: (rotation: Rotation) => number): readonly Rotation[] {
    return this.rotations
      .filter((rotation) => rotation.listedAt <= asOf(rotation))
      .sort((a, b) => a.listedAt - b.listedAt);
  }

  public inProgressAt(asOf: number): Rotation | undefined {
    return this.onDemand.find(({ acceptedAt, startDateGoneAt }) => acceptedAt <= asOf && asOf < startDateGoneAt);
  }

  private get onDemand(): readonly Rotation[] {
    return this.rotations.filter(({ by }) => by !== 'KMS itself');
  }

  private stateAt(asOf: number): KeyState {
    return this.states.findLast(({ since }) => since <= asOf)?.state ?? 'Enabled';
  }

  private materialAt(asOf: number): string {
    let current: Rotation | undefined;
    for (const rotation of this.rotations) {
      if (rotation.inForceAt <= asOf && (!current || rotation.inForceAt >= current.inForceAt)) current = rotation;
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
        // Neither the oldest nor the newest has a fixed place.
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

/** KMS's dates may be this coarse: to the second. */
function dateOf(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}
