import type {
  GetKeyRotationStatusCommandOutput,
  KeyMetadata,
  ListKeyRotationsCommandOutput,
} from '@aws-sdk/client-kms';
import { conditions } from './conditions';
import { awsError } from './faults';

/** When a rotation shows, in milliseconds after KMS has accepted it. */
export interface Pace {
  /** The start date is gone, and a further call is a further rotation. */
  readonly startDateGone: number;
  readonly inForce: number;
  readonly listed: number;
}

/**
 * How long rotations take. `quick` keeps runs short; the others are what people have recorded of AWS: the start date gone a
 * minute before the material changes, and the slowest single-Region and multi-Region rotations; `hidden` takes the worst of both.
 */
export const PACES = {
  quick: { startDateGone: 1_000, inForce: 3_000, listed: 3_000 },
  invisible: { startDateGone: 6_000, inForce: 66_000, listed: 61_000 },
  slow: { startDateGone: 156_000, inForce: 156_000, listed: 156_000 },
  hidden: { startDateGone: 6_000, inForce: 480_000, listed: 480_000 },
  multiRegion: { startDateGone: 460_000, inForce: 460_000, listed: 460_000 },
} as const satisfies Readonly<Record<string, Pace>>;

export type Cause = 'by hand' | 'KMS itself' | { readonly token: string };

export interface Rotation {
  readonly by: Cause;
  readonly acceptedAt: number;
  readonly startDateGoneAt: number;
  readonly inForceAt: number;
  readonly listedAt: number;
  readonly material: string;
}

const ROTATIONS_PER_KEY = 25;

/** One KMS key. Reads take the time whose state they show, which may be past: KMS is eventually consistent. */
export class KeyModel {
  public readonly rotations: Rotation[] = [];
  public state: 'Enabled' | 'Disabled' | 'PendingDeletion' = 'Enabled';
  /** KMS rotates the key by itself, and refuses on-demand rotations, until then. */
  public conflictUntil = 0;

  public constructor(
    public readonly arn: string,
    private readonly world: { readonly pace: Pace; readonly multiRegion: boolean; readonly usedRotations: number },
  ) {}

  /** @returns the rotation that the call has caused; none where KMS swallows it. */
  public rotate(by: Cause, now: number): Rotation | undefined {
    if (this.state === 'Disabled') throw awsError('DisabledException');
    if (this.state === 'PendingDeletion') throw awsError('KMSInvalidStateException');
    if (now < this.conflictUntil) throw awsError('ConflictException');
    if (this.rotations.some((rotation) => rotation.by !== 'KMS itself' && now < swallowsUntil(rotation)))
      return undefined;
    const onDemand = this.rotations.filter((rotation) => rotation.by !== 'KMS itself').length;
    if (this.world.usedRotations + onDemand >= ROTATIONS_PER_KEY) throw awsError('LimitExceededException');
    return this.add(by, now, this.world.pace);
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
    return {
      KeyId: this.arn.slice(this.arn.lastIndexOf('/') + 1),
      Arn: this.arn,
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: this.state,
      Origin: 'AWS_KMS',
      MultiRegion: this.world.multiRegion,
      ...(this.world.multiRegion && { MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY' as const } }),
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

  public list(view: number, viewOf: (rotation: Rotation) => number = () => view): ListKeyRotationsCommandOutput {
    const before = Array.from({ length: this.world.usedRotations }, (_, i) => ({
      KeyId: this.arn,
      KeyMaterialId: `before-${i}`,
      RotationDate: new Date(i),
      RotationType: 'ON_DEMAND' as const,
    }));
    const since = this.listedAt(view, viewOf).map(({ by, material, listedAt }) => ({
      KeyId: this.arn,
      KeyMaterialId: material,
      RotationDate: dateOf(listedAt),
      RotationType: by === 'KMS itself' ? ('AUTOMATIC' as const) : ('ON_DEMAND' as const),
    }));
    return { $metadata: {}, Rotations: ordered([...before, ...since]), Truncated: false };
  }

  public listedAt(view: number, viewOf: (rotation: Rotation) => number = () => view): readonly Rotation[] {
    return this.rotations
      .filter((rotation) => rotation.listedAt <= viewOf(rotation))
      .sort((a, b) => a.listedAt - b.listedAt);
  }

  public inProgressAt(view: number): Rotation | undefined {
    return this.rotations.find(
      ({ by, acceptedAt, startDateGoneAt }) => by !== 'KMS itself' && acceptedAt <= view && view < startDateGoneAt,
    );
  }

  private materialAt(view: number): string {
    let current: Rotation | undefined;
    for (const rotation of this.rotations) {
      if (rotation.inForceAt <= view && (!current || rotation.inForceAt >= current.inForceAt)) current = rotation;
    }
    return current?.material ?? 'first';
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

function swallowsUntil({ startDateGoneAt, inForceAt, listedAt }: Rotation): number {
  return conditions.swallows === undefined
    ? startDateGoneAt
    : Math.max(startDateGoneAt, inForceAt, listedAt) + conditions.swallows * 1000;
}

function ordered<T>(list: readonly T[]): T[] {
  switch (conditions.order) {
    case 'oldest first':
      return [...list];
    case 'newest first':
      return [...list].reverse();
    case 'any':
      // Every other one from the end: neither the oldest nor the newest has a place of its own.
      return [...list.filter((_, i) => i % 2 === 1).reverse(), ...list.filter((_, i) => i % 2 === 0)];
  }
}
