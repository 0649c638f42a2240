import { type App, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { awsCustomResource, ours, providerFramework } from '../approaches';

export const PLACE = { account: '123456789012', region: 'eu-central-1' };

/** A stack that rotates this many imported keys with the named contender; empty if there is no such contender. */
export function fleet(app: App, contender: string, keys: number): void {
  // Some contenders exceed the limit of 500 resources, which would stop synthesis.
  app.node.setContext('@aws-cdk/core:stackResourceLimit', 0);
  const stack = new Stack(app, 'Fleet', { env: PLACE });
  const rotator = [ours, awsCustomResource, providerFramework].find(({ name }) => name === contender);
  if (!rotator) return;
  for (let n = 1; n <= keys; n++) {
    const keyId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
    const key = kms.Key.fromKeyArn(stack, `Key${n}`, `arn:aws:kms:${PLACE.region}:${PLACE.account}:key/${keyId}`);
    rotator.rotate(stack, `Rotation${n}`, key, 'A');
  }
}
