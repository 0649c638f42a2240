import { pathOf } from '../../lambda/ledger-record';
import type { Account, Calls } from './account';
import { errorMessage, errorName } from './aws-errors';
import type { MadeKey, RunState, StateFile } from './run-state';
import { concurrently } from './time';

/** The shortest waiting period that KMS allows. */
const WAITING_DAYS = 7;
const DAY = 24 * 3_600_000;
const CONCURRENCY = 8;
/** DeleteParameters accepts at most ten names. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
const MAX_NAMES = 10;
/** Between two checks of a deletion, in milliseconds. */
const PAUSE = 5000;

/** What could not be removed, a sentence each. */
export type Failures = readonly string[];

/** Removes everything that a run has created: first stacks, then roles and parameters, then keys, which KMS deletes after a week. */
export async function cleanUp(account: Account, file: StateFile): Promise<Failures> {
  const calls = account.as('clean-up');
  const failures: string[] = [];
  const attempt = async (what: string, run: () => Promise<void>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      failures.push(`${what}: ${errorMessage(error)}`);
    }
  };
  const { state } = file;
  const each = <T>(items: readonly T[], what: (item: T) => string, run: (item: T) => Promise<void>) =>
    concurrently(
      account.time,
      CONCURRENCY,
      items.map((item) => () => attempt(what(item), () => run(item))),
    );
  for (const stack of [...state.stacks].reverse())
    await attempt(`Keys of stack ${stack}`, () => noteKeys(account, calls, file, stack));
  // Stacks that others depend on were created first.
  await each(
    [...state.stacks].reverse(),
    (stack) => `Stack ${stack}`,
    (stack) => deleteStack(account, calls, file, stack),
  );
  await each(
    state.roles,
    (role) => `Role ${role}`,
    (role) => deleteRole(calls, file, role),
  );
  await each(
    state.parameters,
    ({ name }) => `Parameters below ${name}`,
    async ({ name, region }) => {
      await deleteBelow(account, calls, name, region);
      forget(
        file,
        (known) => known.parameters,
        (known) => known.name === name,
      );
    },
  );
  // Replicas first: KMS keeps a primary key as long as it has replicas.
  for (const key of [...state.keys].reverse())
    await attempt(`Key ${key.arn}`, () => scheduleDeletion(account, calls, file, key));
  return failures;
}

/** Removes the ledgers of keys that KMS has deleted. @returns the keys whose ledgers stay for now. */
export async function removeLedgers(account: Account, file: StateFile): Promise<readonly MadeKey[]> {
  const calls = account.as('clean-up');
  for (const key of [...file.state.keys]) {
    if (!(await isGone(calls, key))) continue;
    await deleteBelow(account, calls, pathOf(key.arn.slice(key.arn.lastIndexOf('/') + 1)), key.region);
    forget(
      file,
      (known) => known.keys,
      ({ arn }) => arn === key.arn,
    );
  }
  return file.state.keys;
}

function forget<T>(file: StateFile, list: (state: RunState) => readonly T[], matches: (item: T) => boolean): void {
  file.change((state) => {
    const items = list(state) as T[];
    const index = items.findIndex(matches);
    if (index >= 0) items.splice(index, 1);
  });
}

/** Records the keys of a stack: once it is deleted, nothing else lists them, and their ledgers would remain. */
async function noteKeys(account: Account, calls: Calls, file: StateFile, StackName: string): Promise<void> {
  if (await stackIsGone(calls, StackName)) return;
  const { StackResources = [] } = await calls.cloudFormation().describeStackResources({ StackName });
  const { Arn = '', Account: number = '' } = await calls.sts().getCallerIdentity({});
  for (const { ResourceType, PhysicalResourceId } of StackResources) {
    if (ResourceType !== 'AWS::KMS::Key' || PhysicalResourceId === undefined) continue;
    const arn = `arn:${Arn.split(':')[1] ?? ''}:kms:${account.region}:${number}:key/${PhysicalResourceId}`;
    file.change(({ keys }) => {
      if (!keys.some((key) => key.arn === arn)) keys.push({ arn, region: account.region });
    });
  }
}

async function stackIsGone(calls: Calls, StackName: string): Promise<boolean> {
  try {
    const { Stacks = [] } = await calls.cloudFormation().describeStacks({ StackName });
    return Stacks.every(({ StackStatus }) => StackStatus === 'DELETE_COMPLETE');
  } catch (error) {
    if (errorMessage(error).includes('does not exist')) return true;
    throw error;
  }
}

async function deleteStack(account: Account, calls: Calls, file: StateFile, StackName: string): Promise<void> {
  const cloudFormation = calls.cloudFormation();
  const { time } = account;
  for (let isAsked = false; !(await time.awaiting(stackIsGone(calls, StackName)));) {
    const { Stacks = [] } = await time.awaiting(cloudFormation.describeStacks({ StackName }));
    const status = Stacks[0]?.StackStatus ?? '';
    // An operation in progress has to end first.
    if (!status.endsWith('_IN_PROGRESS')) {
      if (isAsked && status === 'DELETE_FAILED')
        throw new Error(Stacks[0]?.StackStatusReason ?? 'it cannot be deleted');
      await cloudFormation.deleteStack({ StackName });
      isAsked = true;
    }
    await time.sleep(PAUSE);
  }
  forget(
    file,
    (known) => known.stacks,
    (known) => known === StackName,
  );
}

async function deleteRole(calls: Calls, file: StateFile, RoleName: string): Promise<void> {
  const iam = calls.iam();
  try {
    const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName });
    for (const PolicyName of PolicyNames) await iam.deleteRolePolicy({ RoleName, PolicyName });
    await iam.deleteRole({ RoleName });
  } catch (error) {
    if (!errorName(error).startsWith('NoSuchEntity')) throw error;
  }
  forget(
    file,
    (known) => known.roles,
    (known) => known === RoleName,
  );
}

/** Reads lag: deleted parameters may still be listed, and new ones may be missing. */
async function deleteBelow(account: Account, calls: Calls, Path: string, region: string): Promise<void> {
  const ssm = calls.ssm(region);
  for (;;) {
    const page = await ssm.getParametersByPath({ Path, Recursive: true, MaxResults: MAX_NAMES });
    const Names = (page.Parameters ?? []).flatMap(({ Name }) => Name ?? []);
    if (Names.length === 0 && page.NextToken === undefined) return;
    const { DeletedParameters = [] } = Names.length > 0 ? await ssm.deleteParameters({ Names }) : {};
    if (DeletedParameters.length === 0) await account.time.sleep(PAUSE);
  }
}

async function scheduleDeletion(
  account: Account,
  calls: Calls,
  file: StateFile,
  { arn, region }: MadeKey,
): Promise<void> {
  const kms = calls.kms(region);
  if (await isGone(calls, { arn, region })) return;
  const { KeyMetadata } = await kms.describeKey({ KeyId: arn });
  const isPending = /^Pending(Replica)?Deletion$/.test(KeyMetadata?.KeyState ?? '');
  const deletion = isPending
    ? KeyMetadata
    : await kms.scheduleKeyDeletion({ KeyId: arn, PendingWindowInDays: WAITING_DAYS });
  // A primary key has no deletion date until its replicas are gone.
  const latest = new Date(account.time.now() + 2 * WAITING_DAYS * DAY);
  file.change(({ keys }) => {
    const key = keys.find((known) => known.arn === arn);
    if (key) key.deletionDate = (deletion?.DeletionDate ?? latest).toISOString();
  });
}

async function isGone(calls: Calls, { arn, region }: MadeKey): Promise<boolean> {
  try {
    await calls.kms(region).describeKey({ KeyId: arn });
    return false;
  } catch (error) {
    if (errorName(error) === 'NotFoundException') return true;
    throw error;
  }
}
