import {
  type CfnResource,
  CustomResource,
  type Duration,
  Token,
  type aws_cloudwatch as cloudwatch,
  aws_events as events,
  type aws_kms as kms,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { checkedScope } from './construct-copies';
import { refuseChangingExports } from './changing-attributes';
import { implementDependencyRoots } from './dependency-roots';
import { expectedKeyMaterialId } from './expected-key-material';
import { checkEventCondition, checkEventRegion, keyRotatedPattern } from './key-rotated-event';
import { arnWhereItExists, takeOverCondition } from './key-condition';
import { OnDemandKeyRotationProvider } from './on-demand-key-rotation-provider';
import { injectedProps } from './property-injection';
import {
  METRICS,
  METRIC_DIMENSIONS,
  RESOURCE_TYPE,
  type RotationAttributes,
  type RotationProperties,
} from './protocol';
import { type RotatableKey, rotatableKey } from './rotatable-key';
import { noteRotation } from './rotated-keys';
import { rotationMetric } from './rotation-metrics';
import { completionTimeout, reservedRotations, rotateOnCreate, rotationToken } from './rotation-props';
import { checkAtSynthesis } from './synth-checks';

/**
 * Properties of an `OnDemandKeyRotation`.
 */
export interface OnDemandKeyRotationProps {
  /**
   * The key to rotate.
   *
   * It is declared in this app or imported by its ARN, and belongs to the stack's account. An alias that knows its target stands for
   * that key; for other aliases, find the key with `Key.fromLookup`.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
   */
  readonly key: kms.IKey;

  /**
   * Names one rotation of the key. Change it to rotate.
   *
   * A token is used up for ever: going back to an earlier one rotates nothing. It has 1 to 256 characters, counted as UTF-16
   * code units, neither begins nor ends with white space, and must not be a secret.
   */
  readonly rotationToken: string;

  /**
   * Whether the first deployment rotates the key.
   *
   * If not, that deployment records the token as used up, and a new token rotates the key. This applies only to the key's first token ever:
   * if the key has used up a token before, in this or another rotation, a new token rotates it nevertheless.
   *
   * @default true
   */
  readonly rotateOnCreate?: boolean;

  /**
   * How long a deployment waits for the rotation: from 1 to 13 minutes.
   *
   * If it takes longer, the deployment fails; deploying again with the same token completes the same rotation.
   *
   * @default Duration.minutes(10)
   */
  readonly completionTimeout?: Duration;

  /**
   * How many of the key's 25 on-demand rotations must remain, from 0 to 25.
   *
   * A deployment that would leave fewer fails, and nothing is rotated. So a token that changes by accident in every
   * deployment cannot use up all of them. With 0, only the limit of KMS applies.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
   * @default 5
   */
  readonly reservedRotations?: number;

  /**
   * For a key with imported material (origin `EXTERNAL`): the ID of the new material to rotate to.
   *
   * If other material is pending, the deployment fails and nothing is rotated. `ImportKeyMaterial` returns the ID, and `ListKeyRotations`
   * with `IncludeKeyMaterial` shows it: 64 hexadecimal digits in lower case.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-import-key-material.html
   * @default - whichever new material is pending
   */
  readonly expectedKeyMaterialId?: string;

  /**
   * The provider that rotates the key, of the same account and Region.
   *
   * It cannot be changed for a rotation that is deployed.
   *
   * @default - the provider of the stack, created with the first rotation
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
 * @example
 * import { App, CfnOutput, Stack } from 'aws-cdk-lib';
 * import * as kms from 'aws-cdk-lib/aws-kms';
 * import { OnDemandKeyRotation } from 'cdk-on-demand-key-rotation';
 *
 * const app = new App();
 * const stack = new Stack(app, 'Payments');
 * const key = new kms.Key(stack, 'Key');
 *
 * const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
 *   key, // made here, or imported by its ARN
 *   rotationToken: 'incident-4711', // change it to rotate
 *   rotateOnCreate: true, // false: the first deployment only records the token
 * });
 * new CfnOutput(stack, 'Outcome', { value: rotation.outcome });
 */
export class OnDemandKeyRotation extends Construct {
  /**
   * Uniquely identifies this class, for property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-on-demand-key-rotation.OnDemandKeyRotation';

  /**
   * The key to rotate. If an alias was given, this is its target.
   */
  public readonly key: kms.IKey;

  /**
   * The token that names the rotation.
   */
  public readonly rotationToken: string;

  /**
   * The provider that rotates the key.
   */
  public readonly provider: OnDemandKeyRotationProvider;

  /**
   * What the deployment did: `ROTATED`, `TOKEN_USED` or `BASELINE`.
   *
   * `TOKEN_USED` means that the token had been used up before, so that nothing was rotated now; `tokenUsedAt` and `tokenUsedBy` say
   * when and by which stack. `BASELINE` means that the token was recorded without a rotation (`rotateOnCreate: false`).
   */
  public readonly outcome: string;

  /**
   * The ARN of the key, available when the rotation is over.
   *
   * Resources that refer to it are deployed afterwards.
   */
  public readonly keyArn: string;

  /**
   * When this token's rotation was over, in UTC (ISO 8601).
   *
   * It is `none` for a token that was recorded without a rotation.
   */
  public readonly rotationDate: string;

  /**
   * The ID of the key material that this token's rotation brought into force.
   *
   * For a token that was recorded without a rotation, it is the material that was in force then.
   */
  public readonly keyMaterialId: string;

  /**
   * How many of its 25 on-demand rotations the key had left when the token was used up.
   */
  public readonly remainingRotations: number;

  /**
   * When the token was used up, in UTC (ISO 8601).
   */
  public readonly tokenUsedAt: string;

  /**
   * The ARN of the stack whose deployment used the token up.
   */
  public readonly tokenUsedBy: string;

  private readonly rotatableKey: RotatableKey;

  constructor(scope: Construct, id: string, props: OnDemandKeyRotationProps) {
    super(checkedScope(scope), id);
    props = injectedProps(OnDemandKeyRotation.PROPERTY_INJECTION_ID, props, scope, id);
    const key = rotatableKey(this, props.key);
    this.rotatableKey = key;
    this.key = key.key;
    this.rotationToken = rotationToken(this, props.rotationToken);
    const properties: RotationProperties = {
      KeyArn: key.arn,
      RotationToken: this.rotationToken,
      RotateOnCreate: String(rotateOnCreate(this, props.rotateOnCreate)),
      CompletionTimeout: String(completionTimeout(this, props.completionTimeout)),
      ReservedRotations: String(reservedRotations(this, props.reservedRotations)),
      ExpectedKeyMaterialId: expectedKeyMaterialId(this, key, props.expectedKeyMaterialId),
    };

    this.provider =
      OnDemandKeyRotationProvider._given(this, props.provider) ?? OnDemandKeyRotationProvider.getOrCreate(this);
    const prerequisites = this.provider._allowRotation(this, key);

    const rotation = new CustomResource(this, 'Resource', {
      serviceToken: this.provider.function.functionArn,
      resourceType: RESOURCE_TYPE,
      properties,
    });
    rotation.node.addDependency(...prerequisites);
    // The CfnResource, on which overrides work; the CustomResource around it has none.
    const resource = rotation.node.defaultChild as CfnResource;
    this.node.defaultChild = resource;
    // Without the rules of onKeyRotated: a target may depend on the rotation, and its rule depends on the target.
    implementDependencyRoots(this, () => [rotation]);

    takeOverCondition(resource, key);
    refuseChangingExports(this, resource);
    noteRotation({ rotation: this, key, token: this.rotationToken });
    checkAtSynthesis(this, {
      key,
      provider: this.provider,
      token: this.rotationToken,
      rotateOnCreate: props.rotateOnCreate,
    });

    const attribute = (name: keyof RotationAttributes) => rotation.getAtt(name);
    this.outcome = Token.asString(attribute('Outcome'));
    this.keyArn = Token.asString(attribute('KeyArn'));
    this.rotationDate = Token.asString(attribute('RotationDate'));
    this.keyMaterialId = Token.asString(attribute('KeyMaterialId'));
    this.remainingRotations = Token.asNumber(attribute('RemainingRotations'));
    this.tokenUsedAt = Token.asString(attribute('TokenUsedAt'));
    this.tokenUsedBy = Token.asString(attribute('TokenUsedBy'));
  }

  /**
   * Creates a rule for the event that KMS sends when the key has been rotated.
   *
   * Dependents of the rotation do not wait for the rule, so the rule's target may depend on the rotation. KMS sends the event on a
   * best-effort basis, for automatic rotations too, and the event does not say whether the rotation was automatic. The deployment that
   * creates the rule may rotate before the rule exists.
   *
   * @param id the construct ID of the rule, in the scope of this rotation.
   * @param options what the rule does.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
   */
  public onKeyRotated(id: string, options: events.OnEventOptions = {}): events.Rule {
    checkEventRegion(this, this.rotatableKey);
    const rule = new events.Rule(this, id, options);
    this._reportTo(rule);
    rule.addTarget(options.target);
    return rule;
  }

  /**
   * Returns a metric of this key's rotations, whichever stack of the Region rotates it.
   *
   * Additional dimensions narrow it down: failures also have the dimension `Code`, a code of the catalogue of errors.
   *
   * @param metricName `Rotations`, `Failures`, `SecondsUntilInForce` or `RemainingRotations`.
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return rotationMetric(this, metricName, { [METRIC_DIMENSIONS.key]: this.key.keyId }, props);
  }

  /**
   * How many rotations of the key there were.
   *
   * @default sum over 5 minutes
   */
  public metricRotations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.rotations, props);
  }

  /**
   * How many deployments failed to rotate the key.
   *
   * @default sum over 5 minutes
   */
  public metricFailures(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.failures, props);
  }

  /**
   * How many seconds passed from the request until the new key material was in force.
   *
   * @default maximum over 5 minutes
   */
  public metricSecondsUntilInForce(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.secondsUntilInForce, props);
  }

  /**
   * How many on-demand rotations the key had left after a rotation.
   *
   * @default minimum over 5 minutes
   */
  public metricRemainingRotations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.remainingRotations, props);
  }

  /**
   * Makes a rule match the event that the key has been rotated. Throws if the key is in another Region.
   *
   * @internal
   */
  public _reportTo(rule: events.Rule): void {
    checkEventRegion(this, this.rotatableKey);
    rule.addEventPattern(keyRotatedPattern(arnWhereItExists(this.rotatableKey)));
    checkEventCondition(this, rule, this.rotatableKey);
  }
}
