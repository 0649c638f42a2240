import {
  Duration,
  RemovalPolicy,
  Stack,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_sqs as sqs,
} from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';
import { allowCreation } from './function-permissions';
import { handlerCode, handlerVersion } from './handler-code';
import { FUNCTION_TIMEOUT, ROLE_ARN_VARIABLE } from './protocol';
import { ProviderPermissions } from './provider-permissions';
import { checkProvider } from './provider-props';
import type { RotatableKey } from './rotatable-key';
import { isConstruct, shown } from './shown-value';
import { providerEnvironment, providerIdTaken, providerInvalid, providerOfOtherVersion } from './synth-failures';
import { refuse } from './validation-error';

/** Marks a provider, for another copy of this package too, with the version that has made it. */
const VERSION = Symbol.for('cdk-on-demand-key-rotation.provider');

/**
 * Frozen: the function's logical ID comes from it, and CloudFormation refuses to change the function of a custom resource.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-customresource.html
 */
const PROVIDER_ID = 'OnDemandKeyRotationProvider';

/**
 * Properties of an `OnDemandKeyRotationProvider`.
 */
export interface OnDemandKeyRotationProviderProps {
  /**
   * The role that the function assumes.
   *
   * It receives the statements that the function needs, unless it is immutable: then they have to be there before a rotation
   * is deployed. It must trust `lambda.amazonaws.com` and belong to the provider's account.
   *
   * @default - a role of its own, with customer managed policies and nothing else
   */
  readonly role?: iam.IRole;

  /**
   * The VPC that the function is connected to.
   *
   * From there the function must reach KMS, Systems Manager and, for its answer to CloudFormation, S3.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
   * @default - the function is connected to no VPC
   */
  readonly vpc?: ec2.IVpc;

  /**
   * The subnets of the VPC that the function is connected to.
   *
   * @default - private subnets, as for every function in a VPC
   */
  readonly vpcSubnets?: ec2.SubnetSelection;

  /**
   * The security groups of the function, if it is connected to a VPC.
   *
   * @default - a security group of its own
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * The log group that the function writes to.
   *
   * @default - a log group of its own, which keeps logs for a year and is removed with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * The least severe messages that the function logs.
   *
   * What it decides and why is logged as INFO, so a more severe level leaves no trace of a rotation but its ledger entry.
   *
   * @default ApplicationLogLevel.INFO
   */
  readonly applicationLogLevel?: lambda.ApplicationLogLevel;

  /**
   * The Node.js runtime of the function.
   *
   * @default - the latest that Lambda offers in the stack's Region
   */
  readonly runtime?: lambda.Runtime;

  /**
   * How many rotations may run at once, set aside from the account's concurrency.
   *
   * Further ones wait for up to an hour, which is as long as CloudFormation waits for them.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   * @default - no limit but the account's
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * The standard queue that receives requests which Lambda has given up on, so that somebody can be told.
   *
   * A request holds the URL at which CloudFormation takes the answer, so whoever reads the queue within the hour could answer
   * in the function's place.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
   * @default - no queue: the deployment fails an hour later
   */
  readonly deadLetterQueue?: sqs.IQueue;
}

/**
 * Rotates keys on behalf of `OnDemandKeyRotation`: the Lambda function, its role and its logs.
 *
 * A stack has one, made with its first rotation. Make one of your own to choose its role, network or logs, and hand it to
 * the rotations. A rotation that is deployed cannot be handed to another provider: CloudFormation allows no other function
 * for a custom resource.
 */
export class OnDemandKeyRotationProvider extends Construct implements iam.IGrantable, ec2.IConnectable {
  /**
   * Returns the provider of a scope's stack, and makes it if there is none yet.
   *
   * @param scope any construct of the stack.
   */
  public static getOrCreate(scope: Construct): OnDemandKeyRotationProvider {
    const stack = Stack.of(scope);
    const existing = stack.node.tryFindChild(PROVIDER_ID);
    if (existing !== undefined) return asProvider(existing) ?? refuse(existing, providerIdTaken());
    try {
      return new OnDemandKeyRotationProvider(stack, PROVIDER_ID);
    } catch (error) {
      // Whoever catches this finds the stack as it was.
      stack.node.tryRemoveChild(PROVIDER_ID);
      throw error;
    }
  }

  /**
   * Returns the provider that a user has given, once it is known to be one.
   *
   * @internal
   */
  public static _given(construct: Construct, given: unknown): OnDemandKeyRotationProvider | undefined {
    if (given === undefined) return undefined;
    return asProvider(given) ?? refuse(construct, providerInvalid(shown(given)));
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
   * A key whose policy does not delegate to IAM must allow it the four KMS actions of a rotation itself.
   */
  public readonly grantPrincipal: iam.IPrincipal;

  private readonly permissions: ProviderPermissions;

  constructor(scope: Construct, id: string, props: OnDemandKeyRotationProviderProps = {}) {
    super(scope, id);
    Object.defineProperty(this, VERSION, { value: handlerVersion(this) });
    const code = handlerCode(this);
    const runtime = props.runtime ?? lambda.determineLatestNodeRuntime(this);
    checkProvider(this, { ...props, runtime });
    this.logGroup =
      props.logGroup ??
      new logs.LogGroup(this, 'LogGroup', {
        retention: logs.RetentionDays.ONE_YEAR,
        removalPolicy: RemovalPolicy.DESTROY,
      });
    this.role =
      props.role ??
      new iam.Role(this, 'Role', {
        description: 'Rotates KMS keys on demand',
        assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      });
    this.grantPrincipal = this.role;
    this.function = new lambda.Function(this, 'Function', {
      description: 'Rotates KMS keys on demand, once per rotation token',
      code,
      handler: 'index.handler',
      runtime,
      memorySize: 256,
      timeout: Duration.seconds(FUNCTION_TIMEOUT),
      // After a crash or a lost answer it is Lambda that tries again; the ledger makes that harmless.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      environment: { [ROLE_ARN_VARIABLE]: this.role.roleArn },
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: props.applicationLogLevel ?? lambda.ApplicationLogLevel.INFO,
      logGroup: this.logGroup,
      role: this.role,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
    });
    if (props.deadLetterQueue) sendDeadLetters(this.function, props.deadLetterQueue);
    this.permissions = new ProviderPermissions(this, { role: this.role, logGroup: this.logGroup });
    allowCreation(this.function, this.permissions, props.deadLetterQueue);
  }

  /**
   * The security groups of the function, if it is connected to a VPC.
   */
  public get connections(): ec2.Connections {
    return this.function.connections;
  }

  /**
   * Lets the function rotate a key, and returns what has to be deployed before it can.
   *
   * @internal
   */
  public _allowRotation(rotation: Construct, key: RotatableKey): IDependable[] {
    const own = Stack.of(this);
    const stack = Stack.of(rotation);
    if (stack.environment !== own.environment)
      refuse(rotation, providerEnvironment(this.node.path, own.environment, stack.environment));
    return [this.function, ...this.permissions.allow(stack, key)];
  }
}

/** Not by the function's own `deadLetterQueue`, which adds an inline policy to whichever role it has. */
function sendDeadLetters(from: lambda.Function, queue: sqs.IQueue): void {
  const resource = from.node.defaultChild as lambda.CfnFunction;
  resource.deadLetterConfig = { targetArn: queue.queueArn };
}

/** A provider, be it of another copy of this package; undefined for anything else. */
function asProvider(given: unknown): OnDemandKeyRotationProvider | undefined {
  if (!isConstruct(given) || !(VERSION in given)) return undefined;
  const provider = given as OnDemandKeyRotationProvider & { readonly [VERSION]: string };
  const own = handlerVersion(provider);
  if (provider[VERSION] !== own) refuse(provider, providerOfOtherVersion(provider[VERSION], own));
  return provider;
}
