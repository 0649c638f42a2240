import {
  type CfnResource,
  CustomResource,
  type Duration,
  Token,
  aws_events as events,
  type aws_kms as kms,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { refuseChangingExports } from './changing-attributes';
import { checkEventRegion, keyRotatedPattern } from './key-rotated-event';
import { takeOverCondition } from './key-condition';
import { OnDemandKeyRotationProvider } from './on-demand-key-rotation-provider';
import { RESOURCE_TYPE, type RotationAttributes, type RotationProperties } from './protocol';
import { type RotatableKey, rotatableKey } from './rotatable-key';
import { noteRotation } from './rotated-keys';
import { completionTimeout, reservedRotations, rotateOnCreate, rotationToken } from './rotation-props';
import { checkAtSynthesis } from './synth-checks';

/**
 * Properties of an `OnDemandKeyRotation`.
 */
export interface OnDemandKeyRotationProps {
  /**
   * The key to rotate.
   *
   * It is made in this app or imported by its ARN, and belongs to the stack's account. An alias that knows its target stands for
   * that key; for one that does not, find the key with `Key.fromLookup`.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
   */
  readonly key: kms.IKey;

  /**
   * Names one rotation of the key. Change it to rotate.
   *
   * A token is used up for ever: going back to an earlier one rotates nothing. It has 1 to 256 characters, counted as UTF-16
   * code units, neither begins nor ends with white space, and is no secret.
   */
  readonly rotationToken: string;

  /**
   * Whether the first deployment rotates the key.
   *
   * If not, that deployment records the token as used up, and the key is rotated when the token changes.
   *
   * @default true
   */
  readonly rotateOnCreate?: boolean;

  /**
   * How long a deployment waits for the rotation to be over: from 1 to 13 minutes.
   *
   * If it takes longer, the deployment fails; deploying again with the same token picks up the same rotation.
   *
   * @default Duration.minutes(10)
   */
  readonly completionTimeout?: Duration;

  /**
   * How many of the key's 25 on-demand rotations have to remain, from 0 to 25.
   *
   * A deployment that would leave fewer fails, and nothing is rotated. So a token that changes by accident in every
   * deployment cannot use up all of them. With 0 the limit is left to KMS.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
   * @default 5
   */
  readonly reservedRotations?: number;

  /**
   * The provider that rotates the key, of the same account and Region.
   *
   * It cannot be changed for a rotation that is deployed.
   *
   * @default - the provider of the stack, made with the first rotation
   */
  readonly provider?: OnDemandKeyRotationProvider;
}

/**
 * Rotates a KMS key on demand: one token, one rotation.
 *
 * The deployment succeeds when the new key material is in force. Retries, rollbacks and renames never rotate twice with the
 * same token; removing the construct does nothing to the key.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export class OnDemandKeyRotation extends Construct {
  /**
   * The ARN of the key, known when the rotation is over.
   */
  public readonly keyArn: string;

  /**
   * When this token's rotation was over, in ISO 8601.
   *
   * It is empty for a token that was recorded without a rotation.
   */
  public readonly rotationDate: string;

  /**
   * The ID of the key material that this token's rotation brought into force.
   */
  public readonly keyMaterialId: string;

  /**
   * How many on-demand rotations the key has left.
   */
  public readonly remainingRotations: number;

  private readonly key: RotatableKey;

  constructor(scope: Construct, id: string, props: OnDemandKeyRotationProps) {
    super(scope, id);
    const key = rotatableKey(this, props.key);
    this.key = key;
    const properties: RotationProperties = {
      KeyArn: key.arn,
      RotationToken: rotationToken(this, props.rotationToken),
      RotateOnCreate: String(rotateOnCreate(this, props.rotateOnCreate)),
      CompletionTimeout: String(completionTimeout(this, props.completionTimeout)),
      ReservedRotations: String(reservedRotations(this, props.reservedRotations)),
    };

    const provider =
      OnDemandKeyRotationProvider._given(this, props.provider) ?? OnDemandKeyRotationProvider.getOrCreate(this);
    const prerequisites = provider._allowRotation(this, key);

    const rotation = new CustomResource(this, 'Resource', {
      serviceToken: provider.function.functionArn,
      resourceType: RESOURCE_TYPE,
      properties,
    });
    rotation.node.addDependency(...prerequisites);
    const resource = rotation.node.defaultChild as CfnResource;
    takeOverCondition(resource, key);

    noteRotation({ rotation: this, key, token: props.rotationToken });
    checkAtSynthesis(this, { key, token: props.rotationToken, rotateOnCreate: props.rotateOnCreate });
    refuseChangingExports(this, resource);

    const attribute = (name: keyof RotationAttributes) => rotation.getAtt(name);
    this.keyArn = Token.asString(attribute('KeyArn'));
    this.rotationDate = Token.asString(attribute('RotationDate'));
    this.keyMaterialId = Token.asString(attribute('KeyMaterialId'));
    this.remainingRotations = Token.asNumber(attribute('RemainingRotations'));
  }
  /**
   * Makes a rule for the event that KMS sends when the key has been rotated.
   *
   * KMS sends it on a best-effort basis, for automatic rotations too, and the event does not tell which it was. The event of a
   * deployment that makes the rule may come before the rule.
   *
   * @param id the construct ID of the rule, in the scope of this rotation.
   * @param options what the rule does.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
   */
  public onKeyRotated(id: string, options: events.OnEventOptions = {}): events.Rule {
    checkEventRegion(this, this.key);
    const rule = new events.Rule(this, id, options);
    rule.addEventPattern(keyRotatedPattern(this.key));
    rule.addTarget(options.target);
    return rule;
  }
}
