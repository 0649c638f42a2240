import type { Duration } from 'aws-cdk-lib';
import type { CfnKey, IKey } from 'aws-cdk-lib/aws-kms';
import type { OnDemandKeyRotationFleetProps, OnDemandKeyRotationProps } from 'cdk-on-demand-key-rotation';

type Rotation = Partial<OnDemandKeyRotationProps>;

export function mistakes(key: IKey, resource: CfnKey, timeout: Duration): unknown[] {
  return [
    // @ts-expect-error: a string is not a key.
    { key: 'alias/payments' } satisfies Rotation,
    // @ts-expect-error: an L1 is not an IKey.
    { key: resource } satisfies Rotation,
    // @ts-expect-error: a token is a string.
    { rotationToken: 4711 } satisfies Rotation,
    // @ts-expect-error: a duration is a Duration.
    { completionTimeout: '5 minutes' } satisfies Rotation,
    // @ts-expect-error: a reserve is a number.
    { reservedRotations: '5' } satisfies Rotation,
    // @ts-expect-error: there is no such property.
    { rotateNow: true } satisfies Rotation,
    // @ts-expect-error: without a token there is no rotation.
    { key, completionTimeout: timeout } satisfies OnDemandKeyRotationProps,
    // @ts-expect-error: without a key there is no rotation.
    { rotationToken: 'incident-4711' } satisfies OnDemandKeyRotationProps,
    // @ts-expect-error: strings are not constructs.
    { rotationToken: 'incident-4711', exclude: ['Key'] } satisfies OnDemandKeyRotationFleetProps,
  ];
}
