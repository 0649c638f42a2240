import { LocalAws } from '../../local/local-aws';
import { Account } from './account';
import { timeOf } from './time';

/** Each breaks one assumption about AWS. */
export const BREAKAGES = ['lag', 'race', 'slow-rotation', 'expiring-session'] as const;
export type Breakage = (typeof BREAKAGES)[number];

export function isBreakage(text: string): text is Breakage {
  return BREAKAGES.some((each) => each === text);
}

/** As recorded for a single-Region key, in seconds. */
const ROTATION_TIME = 112;
/** As recorded: GetKeyRotationStatus stops showing the start date long before the new material is in force. */
const START_DATE_VISIBLE = 60_000;
const SLOW_ROTATION = 400_000;
const LAG = 5 * 60_000;
/** Calls after which the session ends. */
const SESSION_CALLS = 2500;

/** A local AWS on a virtual clock, and its account. */
export async function localAccount(
  region = 'eu-central-1',
  broken: readonly Breakage[] = [],
): Promise<{ readonly aws: LocalAws; readonly account: Account }> {
  const aws = await LocalAws.start({ region, rotationTime: ROTATION_TIME, timeScale: 'virtual' });
  aws.kms.settings.startDateVisibleFor = START_DATE_VISIBLE;
  for (const each of broken) applyBreakage(aws, each);
  return { aws, account: new Account({ region, environment: aws.environment, time: timeOf(aws.clock) }) };
}

function applyBreakage(aws: LocalAws, breakage: Breakage): void {
  switch (breakage) {
    case 'lag':
      aws.parameterStore.readLag = LAG;
      aws.kms.settings.readLag = LAG;
      return;
    case 'race':
      aws.parameterStore.secondCreator = { within: 0, version: 1 };
      return;
    case 'slow-rotation':
      aws.kms.settings.rotationTime = SLOW_ROTATION;
      return;
    case 'expiring-session':
      expireSession(aws);
  }
}

/** Ends the administrator's session after `SESSION_CALLS` calls of KMS and Parameter Store. */
function expireSession(aws: LocalAws): void {
  let left = SESSION_CALLS;
  for (const [service, operation] of [
    ['kms', 'DescribeKey'],
    ['kms', 'CreateKey'],
    ['ssm', 'PutParameter'],
    ['ssm', 'GetParametersByPath'],
  ] as const) {
    aws.intercept({ service, operation }, 'before', ({ caller }) => {
      if (caller.roleArn !== undefined) return;
      left -= 1;
      if (left === 0) aws.iam.expire(caller.accessKeyId);
    });
  }
}
