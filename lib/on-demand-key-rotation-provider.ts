import * as path from 'node:path';
import {
  Duration,
  Stack,
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_sqs as sqs,
} from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';
import { FUNCTION_TIMEOUT, ROLE_ARN_VARIABLE } from './protocol';
import { injectedProps } from './property-injection';
import { providerLogGroup } from './provider-logs';
import { checkProvider, checkSameProps, proxyEnvironment } from './provider-props';
import { ProviderPermissions } from './provider-permissions';
import { refuse } from './validation-error';
import type { RotatableKey } from './rotatable-key';

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
   * The URL of the proxy by which the function reaches AWS: `http://<host>:<port>`, or with `https:`.
   *
   * It must tunnel (`CONNECT`) to KMS, Systems Manager and, for the answer to CloudFormation, S3. It can be read by whoever may see the
   * function's environment variables, so it is no place for a password. Node.js 22 or newer is needed.
   *
   * @see https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support
   * @default - the function reaches AWS without a proxy
   */
  readonly httpsProxy?: string;

  /**
   * The hosts that the function reaches without the proxy, such as those of VPC endpoints: names, or `.example.com` for all in a domain.
   *
   * @default - with a proxy, none
   */
  readonly noProxy?: string[];

  /**
   * The log group that the function writes to.
   *
   * @default - a log group of its own, which is removed with the stack
   */
  readonly logGroup?: logs.ILogGroup;

  /**
   * How long the function's own log group keeps the logs.
   *
   * For a `logGroup` of yours, say it there.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * The KMS key that encrypts the function's own log group.
   *
   * A key that is declared in the app receives the statement that CloudWatch Logs needs in its key policy; an imported key must have
   * it already. For a `logGroup` of yours, say it there.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   * @default - CloudWatch Logs encrypts the logs with a key of its own
   */
  readonly logEncryptionKey?: kms.IKey;

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
   * The instruction set architecture of the function.
   *
   * @default Architecture.X86_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Whether AWS X-Ray traces the function.
   *
   * The role receives the two X-Ray actions that this needs.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   * @default Tracing.DISABLED
   */
  readonly tracing?: lambda.Tracing;

  /**
   * The KMS key that encrypts the function's environment variables, of which none is a secret.
   *
   * Whoever deploys the function must be allowed to use the key and to create grants on it.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   * @default - Lambda encrypts them with a key that AWS manages
   */
  readonly environmentEncryption?: kms.IKey;

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
   * Uniquely identifies this class, for property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-on-demand-key-rotation.OnDemandKeyRotationProvider';

  /**
   * Returns the provider of a scope's stack, and makes it if there is none yet.
   *
   * A provider that was made with other props than these is not changed: that is refused.
   *
   * @param scope any construct of the stack.
   * @param props what the provider is made with. Default: whatever the provider has, if there is one; else the defaults
   */
  public static getOrCreate(scope: Construct, props?: OnDemandKeyRotationProviderProps): OnDemandKeyRotationProvider {
    return OnDemandKeyRotationProvider._ofStack(Stack.of(scope), scope, props);
  }

  /**
   * Returns the provider of a stack on behalf of a construct, which may be in another.
   *
   * @internal
   */
  public static _ofStack(
    stack: Stack,
    asker: Construct,
    props: OnDemandKeyRotationProviderProps = {},
  ): OnDemandKeyRotationProvider {
    const existing = stack.node.tryFindChild(PROVIDER_ID);
    if (existing === undefined) return new OnDemandKeyRotationProvider(stack, PROVIDER_ID, props);
    if (existing instanceof OnDemandKeyRotationProvider) {
      checkSameProps(asker, existing, existing.given, props);
      return existing;
    }
    refuse(
      existing,
      'ProviderId',
      `this construct ID is that of the stack's ${OnDemandKeyRotationProvider.name}, but something else has it,` +
        ' or another copy of this package made it. Rename it, or see to it that the app loads the package once.',
    );
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

  /** The props before any injection. */
  private readonly given: OnDemandKeyRotationProviderProps;
  private readonly permissions: ProviderPermissions;

  constructor(scope: Construct, id: string, props: OnDemandKeyRotationProviderProps = {}) {
    super(scope, id);
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
    this.permissions = new ProviderPermissions(this, {
      role: this.role,
      ownRole: props.role === undefined,
      logGroup: this.logGroup,
      inVpc: props.vpc !== undefined,
      traced,
      deadLetterQueue: props.deadLetterQueue,
    });
    this.function = new lambda.Function(this, 'Function', {
      description: 'Rotates KMS keys on demand, once per rotation token',
      code: lambda.Code.fromAsset(path.join(__dirname, '..', 'lambda', 'dist')),
      handler: 'index.handler',
      runtime,
      architecture: props.architecture,
      memorySize: 256,
      timeout: Duration.seconds(FUNCTION_TIMEOUT),
      // After a crash or a lost answer it is Lambda that tries again; the ledger makes that harmless.
      // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      environment: { [ROLE_ARN_VARIABLE]: this.role.roleArn, ...proxyEnvironment(props) },
      environmentEncryption: props.environmentEncryption,
      loggingFormat: lambda.LoggingFormat.JSON,
      applicationLogLevelV2: props.applicationLogLevel ?? lambda.ApplicationLogLevel.INFO,
      logGroup: this.logGroup,
      role: this.role,
      vpc: props.vpc,
      vpcSubnets: props.vpcSubnets,
      securityGroups: props.securityGroups,
      reservedConcurrentExecutions: props.reservedConcurrentExecutions,
    });
    const resource = this.function.node.defaultChild as lambda.CfnFunction;
    this.node.defaultChild = resource;
    // Not by the props of the same names, which add an inline policy to whichever role the function has.
    if (props.deadLetterQueue) resource.deadLetterConfig = { targetArn: props.deadLetterQueue.queueArn };
    if (traced) resource.tracingConfig = { mode: props.tracing };
    // Lambda refuses to create a function whose role may not make network interfaces in its VPC, send to its queue, or send traces.
    if (props.vpc || props.deadLetterQueue || traced) this.function.node.addDependency(this.permissions.base);
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
    if (stack.environment !== own.environment) {
      refuse(
        rotation,
        'ProviderEnvironment',
        `provider ${this.node.path} is in ${own.environment}, and this rotation is in ${stack.environment}; allowed` +
          ' is a provider of the same account and Region. Leave it out, and the stack gets one of its own.',
      );
    }
    return [this.function, ...this.permissions.allow(stack, key)];
  }
}
