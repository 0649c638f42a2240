import type { Account } from './account';
import { errorMessage, errorName, isDenied, isExpired, isUnknownOperation } from './aws-errors';
import type { Plan } from './statement';
import { leftoversOf, PREFIX, type RunState } from './run-state';

/** Why a run does not start. */
export class NotStarted extends Error {
  public override readonly name = 'NotStarted';
  /** @param run one line that can be pasted into a shell. */
  public constructor(what: string, run?: string) {
    super(`NOT STARTED. ${what}${run === undefined ? '' : `\nRun:\n${run}`}`);
  }
}

export interface Identity {
  readonly account: string;
  readonly arn: string;
  readonly partition: string;
}

/** A Region that is enabled in every account of a partition. */
const HOME: Readonly<Record<string, string>> = { cn: 'cn-north-1', 'us-gov': 'us-gov-west-1' };

/** @returns who calls. @throws NotStarted without credentials that are valid in the Region. */
export async function identify(account: Account, profile?: string): Promise<Identity> {
  const { region } = account;
  const login = profile === undefined ? 'aws sts get-caller-identity' : `aws sso login --profile ${profile}`;
  try {
    return await identityIn(account, region);
  } catch (error) {
    const [name, message] = [errorName(error), errorMessage(error)];
    if (isExpired(error)) throw new NotStarted('The session has expired.', login);
    if (/^(CredentialsProviderError|CredentialsError|TokenProviderError)$/.test(name))
      throw new NotStarted(`There are no credentials: ${message}`, login);
    if (/ENOTFOUND|EAI_AGAIN/.test(message)) throw new NotStarted(`There is no Region ${region}, or no way to it.`);
    if (/^(InvalidClientTokenId|UnrecognizedClientException|InvalidToken)/.test(name)) {
      if (await worksAtHome(account))
        throw new NotStarted(
          `Region ${region} is not enabled in this account.`,
          `aws account enable-region --region-name ${region}`,
        );
      throw new NotStarted('AWS does not know these credentials.', login);
    }
    throw new NotStarted(`AWS does not say who calls: ${message}`, login);
  }
}

async function identityIn(account: Account, region: string): Promise<Identity> {
  const { Account: number = '', Arn = '' } = await account
    .as('preflight', { maxAttempts: 1 })
    .sts(region)
    .getCallerIdentity({});
  return { account: number, arn: Arn, partition: Arn.split(':')[1] ?? '' };
}

async function worksAtHome(account: Account): Promise<boolean> {
  const [prefix = ''] = /^(cn|us-gov)/.exec(account.region) ?? [];
  try {
    await identityIn(account, HOME[prefix] ?? 'us-east-1');
    return true;
  } catch {
    return false;
  }
}

/** What a run calls itself; the CDK's bootstrap roles do the rest. */
const ACTIONS = [
  'kms:CreateKey',
  'kms:TagResource',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:EnableKey',
  'kms:GetKeyRotationStatus',
  'kms:ListKeyRotations',
  'kms:RotateKeyOnDemand',
  'kms:ReplicateKey',
  'kms:GetParametersForImport',
  'kms:ImportKeyMaterial',
  'kms:ScheduleKeyDeletion',
  'ssm:GetParameter',
  'ssm:GetParametersByPath',
  'ssm:PutParameter',
  'ssm:DeleteParameters',
  'sts:AssumeRole',
  'cloudformation:DescribeStacks',
  'cloudformation:DescribeStackEvents',
  'cloudformation:DescribeStackResources',
  'cloudformation:CancelUpdateStack',
  'cloudformation:DeleteStack',
  'lambda:GetAccountSettings',
  'lambda:UpdateFunctionConfiguration',
  'cloudtrail:LookupEvents',
  'logs:StartQuery',
  'logs:GetQueryResults',
  'events:DescribeRule',
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'iam:CreateRole',
  'iam:PutRolePolicy',
  'iam:DeleteRolePolicy',
  'iam:DeleteRole',
  'iam:ListRolePolicies',
  'iam:GetRole',
];

const BOOTSTRAP_VERSION = '/cdk-bootstrap/hnb659fds/version';

export interface PlannedRun {
  readonly plan: Plan;
  readonly replicaRegion: string;
  /** The earlier run, if its state file still exists. */
  readonly earlier: RunState | undefined;
  readonly resume: boolean;
  /** How the command was started, for messages. */
  readonly command: string;
}

/** @throws NotStarted if the run cannot start. Creates nothing. */
export async function checkAccount(account: Account, identity: Identity, planned: PlannedRun): Promise<void> {
  await checkLeftovers(account, planned);
  await checkPermissions(account, identity);
  await checkBootstrap(account, identity);
  await checkQuotas(account, planned.plan);
  if (planned.replicaRegion !== account.region) await checkReplicaRegion(account, planned.replicaRegion);
}

async function checkLeftovers(account: Account, { earlier, resume, command }: PlannedRun): Promise<void> {
  const isUnfinished = earlier !== undefined && earlier.finishedAt === undefined;
  if (resume) {
    if (!isUnfinished) throw new NotStarted('There is no run to go on with.');
    return;
  }
  if (isUnfinished)
    throw new NotStarted(
      `Run ${earlier.id} of ${earlier.startedAt} was interrupted. --resume goes on with it, --clean-up gives it up.`,
      `${command} --resume`,
    );
  if (earlier && leftoversOf(earlier).length > 0)
    throw new NotStarted(`Run ${earlier.id} of ${earlier.startedAt} has left something.`, `${command} --clean-up`);
  const strangers = await stacksLeft(account);
  if (strangers.length > 0)
    throw new NotStarted(
      `Stacks of an earlier run are there: ${strangers.join(', ')}. What run it was is not known any more.`,
      strangers
        .map((name) => `aws cloudformation delete-stack --region ${account.region} --stack-name ${name}`)
        .join('; '),
    );
}

async function stacksLeft(account: Account): Promise<string[]> {
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await account.as('preflight').cloudFormation().describeStacks({ NextToken });
    const top = (page.Stacks ?? []).filter(({ ParentId }) => ParentId === undefined);
    names.push(...top.flatMap(({ StackName = '' }) => (StackName.startsWith(`${PREFIX}-`) ? [StackName] : [])));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return names;
}

/** As far as IAM can simulate; that excludes resource-based policies, for example. */
async function checkPermissions(account: Account, { arn }: Identity): Promise<void> {
  const iam = account.as('preflight').iam();
  const [, roleName] = /:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  let denied: string[];
  try {
    const role = roleName === undefined ? undefined : await iam.getRole({ RoleName: roleName });
    const { EvaluationResults = [] } = await iam.simulatePrincipalPolicy({
      PolicySourceArn: role?.Role?.Arn ?? arn,
      ActionNames: ACTIONS,
    });
    denied = EvaluationResults.filter(({ EvalDecision }) => EvalDecision !== 'allowed').flatMap(
      ({ EvalActionName }) => EvalActionName ?? [],
    );
  } catch (error) {
    // The root user cannot be simulated, and may do everything; whoever may not simulate finds out later.
    if (
      isDenied(error) ||
      isUnknownOperation(error) ||
      /^(InvalidInput|ValidationError|NoSuchEntity)/.test(errorName(error))
    )
      return;
    throw error;
  }
  if (denied.length > 0) throw new NotStarted(`${arn} may not ${denied.join(', ')}.`);
}

async function checkBootstrap(account: Account, identity: Identity): Promise<void> {
  try {
    await account.as('preflight').ssm().getParameter({ Name: BOOTSTRAP_VERSION });
  } catch (error) {
    if (errorName(error) !== 'ParameterNotFound') throw error;
    throw new NotStarted(
      `The CDK is not bootstrapped in Region ${account.region}.`,
      `npx cdk bootstrap aws://${identity.account}/${account.region}`,
    );
  }
}

/** Concurrency that Lambda keeps unreserved. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED_MINIMUM = 100;

async function checkQuotas(account: Account, { reservedConcurrency, keys }: Plan): Promise<void> {
  const { AccountLimit } = await account.as('preflight').lambda().getAccountSettings({});
  const { UnreservedConcurrentExecutions: free = 0, ConcurrentExecutions: all = 0 } = AccountLimit ?? {};
  if (reservedConcurrency > 0 && free < UNRESERVED_MINIMUM + reservedConcurrency)
    throw new NotStarted(
      `Lambda grants this account ${all} concurrent executions, of which ${free} are not reserved. ` +
        `${UNRESERVED_MINIMUM + reservedConcurrency} are needed to reserve ${reservedConcurrency} for \`surroundings\`: ` +
        'raise the quota, or name the other parts by --only.',
      `aws service-quotas request-service-quota-increase --region ${account.region} --service-code lambda --quota-code L-B99A9384 --desired-value 1000`,
    );
  if (keys > 20 && all < 10)
    throw new NotStarted(`Lambda grants this account ${all} concurrent executions; 10 are needed.`);
}

async function checkReplicaRegion(account: Account, replicaRegion: string): Promise<void> {
  try {
    await identityIn(account, replicaRegion);
  } catch (error) {
    throw new NotStarted(
      `Region ${replicaRegion}, where replicas of multi-Region keys are made, cannot be used: ${errorMessage(error)} Name another one by --replica-region.`,
    );
  }
}
