import type { Parameter, Services } from '../../lambda/services';
import type { CloudFormation, ResourceResponse } from './cloudformation';
import type { Items } from './deviations';
import type { Invocation } from './invocation';
import type { KmsKey, Rotation } from './kms-key';
import type { ParameterStore } from './parameter-store';
import type { Recorder } from './record';
import type { Scheduler } from './scheduler';
import type { Witness } from './witness';

const DAMAGE = 'damage';

/** What the services of all invocations share. */
export interface Shared {
  readonly scheduler: Scheduler;
  readonly store: ParameterStore;
  readonly cfn: CloudFormation;
  readonly witness: Witness;
  readonly now: () => number;
  readonly random: () => number;
  /** How many seconds the function's clock is ahead of KMS's; invocations take turns. */
  readonly clockSkews: readonly number[];
  readonly key: (arn: string) => KmsKey;
  readonly record: Recorder | undefined;
}

/** Simulates AWS for one invocation. */
export function servicesOf(invocation: Invocation, shared: Shared): Services {
  const { scheduler, now, random, record, clockSkews } = shared;
  const skew = 1000 * (clockSkews[invocation.number % clockSkews.length] ?? 0);
  return {
    kms: () => kms(invocation, shared),
    parameterStore: () => parameterStore(invocation, shared),
    putAnswer: (url, body) => putResponse(invocation, shared, url, body),
    now: () => now() + skew,
    sleep: (milliseconds) => scheduler.sleep(invocation, milliseconds),
    random,
    newInvocationId: () => `invocation-${invocation.number}`,
    log: (line) => {
      if (record) record(invocation.number, 'log', JSON.stringify(line));
    },
  };
}

function kms(invocation: Invocation, { scheduler, now, key, witness }: Shared): ReturnType<Services['kms']> {
  return {
    describeKey: (arn) =>
      scheduler.issue(invocation, 'DescribeKey', ({ by }) => {
        const metadata = key(arn).describe(now() - by);
        return [metadata, `${metadata.KeyState ?? ''} ${metadata.CurrentKeyMaterialId ?? ''}`];
      }),
    getKeyRotationStatus: (arn) =>
      scheduler.issue(invocation, 'GetKeyRotationStatus', ({ by }) => {
        const inProgress = key(arn).inProgressAt(now() - by);
        if (inProgress) invocation.views.inProgress.add(inProgress);
        return [key(arn).status(now() - by), inProgress ? 'in progress' : 'at rest'];
      }),
    listKeyRotations: (arn) =>
      scheduler.issue(invocation, 'ListKeyRotations', ({ by, of }) => {
        const newest = key(arn).rotations.at(-1);
        const asOf = (rotation: Rotation) => now() - (includes(of, rotation === newest) ? by : 0);
        invocation.views.listed = key(arn).listed(asOf);
        const list = key(arn).list(asOf);
        return [list, `${list.Rotations?.length ?? 0} listed`];
      }),
    rotateKeyOnDemand: (arn) => {
      invocation.hasCalled = true;
      witness.called(arn, invocation.token, invocation.views);
      return scheduler.issue(invocation, 'RotateKeyOnDemand', () => {
        const rotation = key(arn).rotate({ token: invocation.token }, now());
        const requestId = `${invocation.number}-${now()}`;
        invocation.hasRotated ||= rotation !== undefined;
        const { token } = invocation;
        witness.rotated(arn, token, rotation, requestId);
        if (rotation) witness.checkReserve(arn, key(arn).used, invocation.request.event.ResourceProperties);
        return [requestId, rotation ? 'accepted' : 'swallowed'];
      });
    },
  };
}

function parameterStore(
  invocation: Invocation,
  { scheduler, now, store, witness }: Shared,
): ReturnType<Services['parameterStore']> {
  return {
    getParametersByPath: (path, nextToken) =>
      scheduler.issue(invocation, 'GetParametersByPath', ({ by, of }) => {
        const page = store.list(path, nextToken, (isNewest) => now() - (includes(of, isNewest) ? by : 0));
        const records = page.parameters.map(recordOf);
        const isSpent = records.some(
          ({ token, state }) => token === invocation.token && (state === 'rotated' || state === 'baseline'),
        );
        // A read of the ledger is complete only with its last page.
        invocation.sawSpentOnPages = isSpent || (nextToken !== undefined && invocation.sawSpentOnPages);
        invocation.sawSpent ||= invocation.sawSpentOnPages && page.nextToken === undefined;
        const onEarlierPages = nextToken !== undefined && invocation.lastRead?.damaged === true;
        const damaged = onEarlierPages || records.some(({ state }) => state === DAMAGE);
        invocation.lastRead = { at: now(), disturbed: by > 0, damaged };
        invocation.wasDisturbed ||= damaged;
        invocation.ledgerAccessedAt = now();
        return [page, records.map(({ state }) => state).join() || 'no records'];
      }),
    putParameter: (name, value) =>
      scheduler.issue(invocation, 'PutParameter', () => {
        const version = store.create(name, value, now());
        invocation.ledgerAccessedAt = now();
        return [
          version,
          `record ${name.slice(name.lastIndexOf('/') + 1)}: ${witness.recorded(name, value, invocation)}`,
        ];
      }),
  };
}

/** The state and token of a record; `DAMAGE` if somebody changed it. */
function recordOf({ value, version }: Parameter): { readonly state: string; readonly token: string } {
  const { state, token } = JSON.parse(value.startsWith('{') ? value : '{}') as Partial<Record<string, string>>;
  return state === undefined || token === undefined || version !== 1 ? { state: DAMAGE, token: '' } : { state, token };
}

function includes(items: Items, isNewest: boolean): boolean {
  return items === 'all' || (items === 'the newest item') === isNewest;
}

async function putResponse(
  invocation: Invocation,
  { scheduler, cfn, witness }: Shared,
  url: URL,
  body: string,
): Promise<number> {
  try {
    const status = await scheduler.issue(invocation, 'PUT response', () => {
      const response = JSON.parse(body) as ResourceResponse;
      const request = cfn.requestOf(url);
      if (!request) return [404, 'HTTP 404'];
      witness.responded(invocation, response);
      cfn.responded(request, response);
      return [200, response.Status];
    });
    invocation.responseAccepted ||= status === 200;
    return status;
  } catch (error) {
    // The response endpoint returns a status where the SDK would throw.
    const [, status] = error instanceof Error ? (/^HTTP (\d+)$/.exec(error.name) ?? []) : [];
    if (status === undefined) throw error;
    return Number(status);
  }
}
