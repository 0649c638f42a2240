import type {
  aws_ec2 as ec2,
  aws_iam as iam,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_sqs as sqs,
} from 'aws-cdk-lib';

/**
 * Properties of an `OnDemandKeyRotationProvider`.
 */
export interface OnDemandKeyRotationProviderProps {
  /**
   * The role that the function assumes.
   *
   * It receives the statements that the function needs, unless it is immutable: then it must have them before a rotation is deployed.
   * It must trust `lambda.amazonaws.com` and belong to the provider's account.
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
   * @default - the function is not connected to a VPC
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
   * It must tunnel (`CONNECT`) to KMS, Systems Manager and, for the answer to CloudFormation, S3. Anybody who may see the
   * function's environment variables can read it, so it must not contain a password. It needs Node.js 22 or newer.
   *
   * @see https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support
   * @default - the function reaches AWS without a proxy
   */
  readonly httpsProxy?: string;

  /**
   * The hosts that the function reaches without the proxy, such as those of VPC endpoints: names, or `.example.com` for all in a domain.
   *
   * @default - the function reaches all hosts through the proxy, if there is one
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
   * For a `logGroup` of yours, set it there.
   *
   * @default RetentionDays.ONE_YEAR
   */
  readonly logRetention?: logs.RetentionDays;

  /**
   * The KMS key that encrypts the function's own log group.
   *
   * A key that is declared in the app receives the statement that CloudWatch Logs needs in its key policy; an imported key must have
   * it already. For a `logGroup` of yours, set it there.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
   * @default - CloudWatch Logs encrypts the logs with a key of its own
   */
  readonly logEncryptionKey?: kms.IKey;

  /**
   * The least severe messages that the function logs.
   *
   * Its decisions are logged as INFO: with a more severe level, a successful rotation leaves no log.
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
   * The KMS key that encrypts the function's environment variables. They contain no secrets.
   *
   * Whoever deploys the function must be allowed to use the key and to create grants on it.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
   * @default - Lambda encrypts them with a key that AWS manages
   */
  readonly environmentEncryption?: kms.IKey;

  /**
   * How many rotations may run concurrently, reserved from the account's concurrency.
   *
   * Further ones wait for up to an hour, which is as long as CloudFormation waits for them.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   * @default - only the account's limit applies
   */
  readonly reservedConcurrentExecutions?: number;

  /**
   * The standard queue that receives requests which Lambda has given up on, so that somebody can be notified.
   *
   * A request contains the URL at which CloudFormation accepts the answer, so anybody who reads the queue within the hour could answer
   * in the function's place.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
   * @default - no queue: the deployment fails an hour later
   */
  readonly deadLetterQueue?: sqs.IQueue;
}
