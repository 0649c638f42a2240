import {
  Duration,
  Stack,
  type aws_cloudwatch as cloudwatch,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
} from 'aws-cdk-lib';
import { Construct, type IConstruct, type IDependable } from 'constructs';
import { conditionalStack } from './conditional-stack';
import { checkedScope } from './construct-copies';
import { allowCreation } from './function-permissions';
import { handlerCode, handlerVersion } from './handler-code';
import { FUNCTION_TIMEOUT, METRICS, METRIC_DIMENSIONS, ROLE_ARN_VARIABLE } from './protocol';
import { ProviderPermissions, takesPolicies } from './provider-permissions';
import { injectedProps } from './property-injection';
import { providerLogGroup } from './provider-logs';
import { checkProvider, checkSameProps, proxyEnvironment } from './provider-props';
import type { OnDemandKeyRotationProviderProps } from './on-demand-key-rotation-provider-props';
import { regionalMetric, rotationMetric } from './rotation-metrics';
import type { RotatableKey } from './rotatable-key';
import type { Sentence } from './sentence';
import { isConstruct, shown } from './shown-value';
import { otherStage } from './stages';
import {
  providerEnvironment,
  providerIdTaken,
  providerInConditionalStack,
  providerInvalid,
  providerOfOtherStage,
  providerOfOtherVersion,
} from './synth-failures';
import { refuse } from './validation-error';

/** Marks a provider with the version that created it; another copy of this package finds it, too. */
const VERSION = Symbol.for('cdk-on-demand-key-rotation.provider');

/**
 * Frozen: the function's logical ID comes from it, and CloudFormation refuses to change the function of a custom resource.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
 */
const PROVIDER_ID = 'OnDemandKeyRotationProvider';

/**
 * Rotates keys on behalf of `OnDemandKeyRotation`: the Lambda function, its role and its logs.
 *
 * A stack has one, created with its first rotation. Create one yourself to choose its role, network or logs, and pass it to
 * the rotations. The provider of a deployed rotation cannot be changed: CloudFormation does not allow another function for a
 * custom resource.
 *
 * @example
 * import { App, Stack } from 'aws-cdk-lib';
 * import * as ec2 from 'aws-cdk-lib/aws-ec2';
 * import * as kms from 'aws-cdk-lib/aws-kms';
 * import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from 'cdk-on-demand-key-rotation';
 *
 * const app = new App();
 * const stack = new Stack(app, 'Ledger');
 * const key = new kms.Key(stack, 'Key');
 * const vpc = new ec2.Vpc(stack, 'Vpc');
 *
 * const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { vpc });
 * new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'incident-4711', provider });
 */
export class OnDemandKeyRotationProvider extends Construct implements iam.IGrantable, ec2.IConnectable {
  /**
   * Uniquely identifies this class, for property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-on-demand-key-rotation.OnDemandKeyRotationProvider';

  /**
   * Returns the provider of a scope's stack, and creates it if necessary.
   *
   * Throws if the provider exists and was created without these props.
   *
   * @param scope any construct of the stack.
   * @param props properties of the provider. Default: those of the existing provider, if there is one; else the defaults
   */
  public static getOrCreate(scope: Construct, props?: OnDemandKeyRotationProviderProps): OnDemandKeyRotationProvider {
    return OnDemandKeyRotationProvider._ofStack(Stack.of(scope), scope, props);
  }

  /**
   * Returns the provider of a stack on behalf of a construct, which may be in another stack.
   *
   * @internal
   */
  public static _ofStack(
    stack: Stack,
    asker: IConstruct,
    props: OnDemandKeyRotationProviderProps = {},
  ): OnDemandKeyRotationProvider {
    const existing = stack.node.tryFindChild(PROVIDER_ID);
    if (existing !== undefined) {
      const provider = asProvider(existing) ?? refuse(existing, providerIdTaken());
      checkSameProps(asker, provider, provider.given, props);
      return provider;
    }
    try {
      return new OnDemandKeyRotationProvider(stack, PROVIDER_ID, props);
    } catch (error) {
      // Leaves the stack unchanged, for a caller that catches this.
      stack.node.tryRemoveChild(PROVIDER_ID);
      throw error;
    }
  }

  /**
   * Returns the `provider` prop after checking that it is a provider.
   *
   * @internal
   */
  public static _given(construct: Construct, given: unknown): OnDemandKeyRotationProvider | undefined {
    if (given === undefined) return undefined;
    return asProvider(given) ?? refuse(construct, providerInvalid(shown(given)));
  }

  /**
   * Returns a metric of all rotations across all providers, in the account and Region where the metric is used.
   *
   * So one alarm on `Failures` covers all stacks.
   *
   * @param metricName `Rotations`, `Failures`, `SecondsUntilInForce` or `RemainingRotations`.
   */
  public static metricAll(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return regionalMetric(metricName, {}, props);
  }

  /**
   * The function behind the custom resources.
   */
  public readonly function: lambda.Function;

  /**
   * The role that the function assumes.
   */
  public readonly role: iam.IRole;

  /**
   * The log group that the function writes to.
   */
  public readonly logGroup: logs.ILogGroup;

  /**
   * The principal to grant permissions to: the function's role.
   *
   * A key policy that does not delegate to IAM must allow it the four KMS actions of a rotation.
   */
  public readonly grantPrincipal: iam.IPrincipal;

  /** The props before property injection. */
  private readonly given: OnDemandKeyRotationProviderProps;
  private readonly permissions: ProviderPermissions;

  constructor(scope: Construct, id: string, props: OnDemandKeyRotationProviderProps = {}) {
    super(checkedScope(scope), id);
    Object.defineProperty(this, VERSION, { value: handlerVersion(this) });
    const code = handlerCode(this);
    this.given = props;
    props = injectedProps(OnDemandKeyRotationProvider.PROPERTY_INJECTION_ID, props, scope, id);
    const runtime = props.runtime ?? lambda.determineLatestNodeRuntime(this);
    checkProvider(this, { ...props, runtime });
    this.logGroup = providerLogGroup(this, props);
    this.role =
      props.role ??
      new iam.Role(this, 'Role', {
        description: 'Rotates KMS keys on demand',
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      });
    this.grantPrincipal = this.role;
    const traced = props.tracing !== undefined && props.tracing !== lambda.Tracing.DISABLED;
    this.function = new lambda.Function(this, 'Function', {
      description: 'Rotates KMS keys on demand, once per rotation token',
      code,
      handler: 'index.handler',
      runtime,
      architecture: props.architecture,
      memorySize: 256,
      timeout: Duration.seconds(FUNCTION_TIMEOUT),
      // Lambda retries after a crash or a lost answer; the ledger makes that harmless.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      environment: { [ROLE_ARN_VARIABLE]: this.role.roleArn, ...proxyEnvironment(props) },
      environmentEncryption: props.environmentEncryption,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: props.applicationLogLevel ?? lambda.ApplicationLogLevel.INFO,
      logGroup: this.logGroup,
      role: this.roleOfFunction(props.role),
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
    });
    const resource = this.function.node.defaultChild as lambda.CfnFunction;
    this.node.defaultChild = resource;
    if (props.role) resource.node.addDependency(props.role);
    // The props of the same names would add an inline policy to the function's role.
    if (props.deadLetterQueue) resource.deadLetterConfig = { targetArn: props.deadLetterQueue.queueArn };
    if (traced) resource.tracingConfig = { mode: props.tracing };
    this.permissions = new ProviderPermissions(this, { role: this.role, logGroup: this.logGroup });
    allowCreation(this.function, this.permissions, props.deadLetterQueue);
  }

  /**
   * Keeps the inline policy that a property injector may make the function add away from a role of the user's: on an imported role it would
   * have the same name in every stack, so one stack would remove the policy of another.
   */
  private roleOfFunction(given?: iam.IRole): iam.IRole {
    if (!given || !takesPolicies(given)) return this.role;
    const { roleArn, withoutPolicyUpdates } = given as iam.IRole & Partial<iam.Role>;
    return (
      withoutPolicyUpdates?.call(given) ?? iam.Role.fromRoleArn(this, 'RoleOfFunction', roleArn, { mutable: false })
    );
  }

  /**
   * The security groups of the function, if it is connected to a VPC.
   */
  public get connections(): ec2.Connections {
    return this.function.connections;
  }

  /**
   * Returns a metric of all rotations by this provider.
   *
   * Additional dimensions narrow it down: failures also have the dimension `Code`, a code of the catalogue of errors.
   *
   * @param metricName `Rotations`, `Failures`, `SecondsUntilInForce` or `RemainingRotations`.
   */
  public metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return rotationMetric(this, metricName, { [METRIC_DIMENSIONS.function]: this.function.functionName }, props);
  }

  /**
   * How many rotations there were.
   *
   * @default sum over 5 minutes
   */
  public metricRotations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.rotations, props);
  }

  /**
   * How many deployments failed to rotate a key.
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
   * How many on-demand rotations a key had left after a rotation.
   *
   * @default minimum over 5 minutes
   */
  public metricRemainingRotations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.remainingRotations, props);
  }

  /**
   * Lets the function rotate a key, and returns what must be deployed before.
   *
   * @internal
   */
  public _allowRotation(rotation: Construct, key: RotatableKey): IDependable[] {
    const fault = this._faultFor(rotation);
    if (fault) refuse(rotation, fault);
    return [this.function, ...this.permissions.allow(Stack.of(rotation), key)];
  }

  /**
   * Why a rotation cannot use this provider, because of where they are. Checked again at the end of synthesis, because a condition may be
   * added later.
   *
   * @internal
   */
  public _faultFor(rotation: IConstruct): Sentence | undefined {
    const { path } = this.node;
    const stage = otherStage(this, rotation);
    if (stage !== undefined) return providerOfOtherStage(path, stage);
    const [own, other] = [Stack.of(this).environment, Stack.of(rotation).environment];
    if (own !== other) return providerEnvironment(path, own, other);
    const nested = conditionalStack(this, rotation);
    return nested && providerInConditionalStack(path, nested.path, nested.condition);
  }
}

/** Returns a provider, also of another copy of this package; undefined for anything else. */
function asProvider(given: unknown): OnDemandKeyRotationProvider | undefined {
  if (!isConstruct(given) || !(VERSION in given)) return undefined;
  const provider = given as OnDemandKeyRotationProvider & { readonly [VERSION]: string };
  const own = handlerVersion(provider);
  if (provider[VERSION] !== own) refuse(provider, providerOfOtherVersion(provider[VERSION], own));
  return provider;
}
