import type { Services } from '../../lambda/services';
import type { CloudFormationModel, ResourceAnswer } from './cloudformation-model';
import type { Items } from './faults';
import type { Witness } from './invariants';
import type { Invocation } from './invocation';
import type { KeyModel, Rotation } from './kms-model';
import type { ParameterStoreModel } from './parameter-store-model';
import type { Scheduler } from './scheduler';

/** What the services of all invocations share. */
export interface Shared {
  readonly scheduler: Scheduler;
  readonly store: ParameterStoreModel;
  readonly cfn: CloudFormationModel;
  readonly witness: Witness;
  readonly now: () => number;
  readonly key: (arn: string) => KeyModel;
  readonly record: ((line: string) => void) | undefined;
}

/** How far the clocks of functions are from KMS's; milliseconds. */
const SKEWS = [0, 2_000, -2_000];

/** Stands in the place of AWS for one invocation. */
export function servicesOf(invocation: Invocation, shared: Shared): Services {
  const { scheduler, now, record } = shared;
  return {
    kms: () => kms(invocation, shared),
    parameterStore: () => parameterStore(invocation, shared),
    putAnswer: (url, body) => putAnswer(invocation, shared, url, body),
    // No two clocks are the same.
    now: () => now() + (SKEWS[invocation.number % SKEWS.length] ?? 0),
    sleep: (milliseconds) => scheduler.sleep(invocation, milliseconds),
    random: () => 0.5,
    newInvocationId: () => `invocation-${invocation.number}`,
    log: (line) => {
      if (record) record(`i${invocation.number}   log ${JSON.stringify(line)}`);
    },
  };
}

function kms(invocation: Invocation, { scheduler, now, key, witness }: Shared): ReturnType<Services['kms']> {
  let sighted: Rotation | undefined;
  return {
    describeKey: (arn) =>
      scheduler.issue(invocation, 'DescribeKey', ({ by }) => {
        const metadata = key(arn).describe(now() - by);
        return [metadata, `${metadata.KeyState ?? ''} ${metadata.CurrentKeyMaterialId ?? ''}`];
      }),
    getKeyRotationStatus: (arn) =>
      scheduler.issue(invocation, 'GetKeyRotationStatus', ({ by }) => {
        const inProgress = key(arn).inProgressAt(now() - by);
        sighted = inProgress && !invocation.views.inProgress.has(inProgress) ? inProgress : undefined;
        return [key(arn).status(now() - by), inProgress ? 'in progress' : 'at rest'];
      }),
    listKeyRotations: (arn) =>
      scheduler.issue(invocation, 'ListKeyRotations', ({ by }) => {
        invocation.views.listed = key(arn).listedAt(now() - by);
        // A look at the key is over with its list.
        if (sighted) invocation.views.inProgress.set(sighted, invocation.views.listed);
        const list = key(arn).list(now() - by);
        return [list, String(list.Rotations?.length)];
      }),
    rotateKeyOnDemand: (arn) =>
      scheduler.issue(invocation, 'RotateKeyOnDemand', () => {
        const rotation = key(arn).rotate({ token: invocation.token }, now());
        witness.rotated(arn, invocation.token, rotation);
        return [undefined, rotation ? 'accepted' : 'swallowed'];
      }),
  };
}

function parameterStore(
  invocation: Invocation,
  { scheduler, now, store, witness }: Shared,
): ReturnType<Services['parameterStore']> {
  return {
    getParametersByPath: (path, nextToken) =>
      scheduler.issue(invocation, 'GetParametersByPath', ({ by, of }) => {
        const page = store.list(path, nextToken, (newest) => now() - (includes(of, newest) ? by : 0));
        const entries = page.parameters.map(
          ({ value }) => JSON.parse(value) as { readonly state: string; readonly token: string },
        );
        const isSpent = entries.some(
          ({ token, state }) => token === invocation.token && (state === 'rotated' || state === 'baseline'),
        );
        // The ledger has been read when its last page has.
        invocation.sawSpentOnPages = isSpent || (nextToken !== undefined && invocation.sawSpentOnPages);
        invocation.sawSpent ||= invocation.sawSpentOnPages && page.nextToken === undefined;
        invocation.lastRead = { at: now(), disturbed: by > 0 };
        return [page, entries.map(({ state }) => state).join()];
      }),
    putParameter: (name, value) =>
      scheduler.issue(invocation, 'PutParameter', () => {
        store.put(name, value, false, now());
        return [1, witness.ledgerWritten(name, value, invocation.views)];
      }),
  };
}

function includes(items: Items, newest: boolean): boolean {
  return items === 'all' || (items === 'the newest item') === newest;
}

async function putAnswer(
  invocation: Invocation,
  { scheduler, cfn, witness }: Shared,
  url: URL,
  body: string,
): Promise<number> {
  try {
    const status = await scheduler.issue(invocation, 'PUT answer', () => {
      const answer = JSON.parse(body) as ResourceAnswer;
      const request = cfn.requestOf(url);
      if (!request) return [404, 'HTTP 404'];
      witness.answered(invocation, answer);
      cfn.answered(request, answer);
      return [200, answer.Status];
    });
    invocation.answerTaken ||= status === 200;
    return status;
  } catch (error) {
    // The endpoint for answers gives a status where the others throw.
    const [, status] = error instanceof Error ? (/^HTTP (\d+)$/.exec(error.name) ?? []) : [];
    if (status === undefined) throw error;
    return Number(status);
  }
}
