import { randomUUID } from 'node:crypto';
import { KMSClient, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-kms';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { FinalizeHandler, FinalizeHandlerArguments, HandlerExecutionContext } from '@smithy/types';
import { attributesOf } from '../lambda/attributes';
import { REQUEST_DEADLINE, kmsOf, parameterStoreOf, userAgent } from '../lambda/aws-services';
import { Failure } from '../lambda/failures';
import { spending } from '../lambda/ledger';
import { type RotationRequest, readRequest } from '../lambda/request';
import { RotationExecutor } from '../lambda/rotation-executor';
import type { Services } from '../lambda/services';
import { COMPLETION_TIMEOUT, type RotationAttributes } from '../lib/protocol';
import { Aws, type Identity } from './aws';
import { usualTime } from './durations';
import { Gaps } from './gaps';
import type { Io } from './io';
import { type CommonOptions, regionsOf } from './options';
import { type Outcome, outcomeOf } from './plan/outcome';
import { EXIT, type ExitCode, badOption, notConfirmed, wrongClock } from './problem';
import { Progress } from './progress';
import { type KeyView, RegionReader } from './region-reader';
import { nameOf } from './status';
import { stackName } from './watch';

export interface RotateOptions extends CommonOptions {
  readonly token: string;
  readonly yes?: true;
  readonly reservedRotations?: string;
  readonly expectedKeyMaterialId?: string;
}

const SECOND = 1000;
/**
 * AWS takes a request for five minutes after it was signed. Together with this that is the 15 minutes after which others take the owner of a
 * claim for dead: Lambda ends a function then, and nothing ends a program on a machine that sleeps.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
const DEADLINE = COMPLETION_TIMEOUT.default * SECOND;
/** Records say when claims end, by the clock of whoever makes them. */
const CLOCK_TOLERANCE = 60 * SECOND;

/** Rotates one key for one token, exactly once, as a deployment does. */
export async function rotate(key: string, options: RotateOptions, io: Io): Promise<ExitCode> {
  const aws = new Aws(options.profile, io);
  const region = await regionOf(key, options, aws);
  const caller = await aws.identity(region);
  if (Math.abs(caller.clockDifference) > CLOCK_TOLERANCE) throw wrongClock(caller.clockDifference);
  const reader = new RegionReader(aws, region, new Gaps(options.profile), io);
  const keyArn = await reader.arnOf(key);
  const view = await reader.view(keyArn, await reader.ledger(keyArn.slice(keyArn.lastIndexOf('/') + 1)));
  try {
    const request = requestFor(keyArn, options, caller);
    if (!(await isAskedFor(request, view, options, io))) return EXIT.usage;
    const attributes = await execute(request, caller, aws, io);
    print(attributes, view, request, options, io);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    io.err(`${forCommandLine(error.reason)}\n`);
    return EXIT.failed;
  }
}

async function regionOf(key: string, options: RotateOptions, aws: Aws): Promise<string> {
  const [, , , ofArn] = key.split(':');
  if (ofArn !== undefined) return ofArn;
  const [region = '', ...others] = await regionsOf(options, aws);
  if (others.length > 0) throw badOption('A key is in one Region: name one by --region');
  return region;
}

/** As CloudFormation would ask, so that the same is checked. */
function requestFor(keyArn: string, options: RotateOptions, { arn }: Identity): RotationRequest {
  const { token, reservedRotations, expectedKeyMaterialId } = options;
  const request = readRequest({
    RequestType: 'Create',
    RequestId: randomUUID(),
    StackId: arn,
    LogicalResourceId: 'cdk-on-demand-key-rotation rotate',
    ResourceProperties: {
      KeyArn: keyArn,
      RotationToken: token,
      ReservedRotations: reservedRotations,
      ExpectedKeyMaterialId: expectedKeyMaterialId,
    },
  });
  // A token that nobody may use is no reason to write anything.
  if (request.problem) throw request.problem.as('NOT ROTATED');
  return request;
}

/** Tells what would happen, and asks. Where the token is used up, nothing will, and nobody is asked. */
async function isAskedFor(request: RotationRequest, view: KeyView, options: RotateOptions, io: Io): Promise<boolean> {
  const { records } = view.ledger;
  if (spending(records, request.token)) return true;
  const usual = usualTime([[view.keyId, records]], view.keyId);
  const [outcome] = outcomeOf(request, view, usual, io.now());
  io.err(`${nameOf(view)} (${view.keyArn})\n${inWords(outcome)}\n`);
  if (options.yes) return true;
  const answer = await io.ask(
    `Rotate it for the token ${JSON.stringify(request.token)}? A rotation cannot be undone. [y/N] `,
  );
  if (answer === undefined) throw notConfirmed('rotates a key');
  return /^y(es)?$/i.test(answer.trim());
}

function inWords({ does, why, dollarsPerMonth = 0 }: Outcome): string {
  switch (does) {
    case 'rotates':
      return `Rotates it: ${why}${dollarsPerMonth > 0 ? `; $${dollarsPerMonth} a month more` : ''}.`;
    case 'waits':
      return `Waits first: ${why}`;
    case 'fails':
      return `Will fail as it is now: ${why}`;
    default:
      return `What it will do is not known: ${why}.`;
  }
}

async function execute(request: RotationRequest, { arn }: Identity, aws: Aws, io: Io): Promise<RotationAttributes> {
  const startedAt = io.now();
  const latest = startedAt + DEADLINE;
  const progress = new Progress(io);
  const services = rotationServices(aws, io, latest, ({ message, step, why }) => {
    if (message === 'Step') progress.show(`${String(step)}: ${String(why)}`);
  });
  const invocation = {
    id: services.newInvocationId(),
    roleArn: roleOf(arn),
    // Interrupted, it ends what it has begun, as if its time were up, and says how far it came.
    get deadline() {
      return io.interrupted.aborted ? Math.min(io.now(), latest) : latest;
    },
    end: latest,
  };
  try {
    const { ledger, record } = await new RotationExecutor(request, invocation, services).run();
    return attributesOf(request, ledger, record);
  } finally {
    progress.clear();
  }
}

/**
 * The handler's own services, with this program's credentials.
 *
 * @param latest when KMS may be called to rotate; milliseconds since the epoch.
 */
function rotationServices(aws: Aws, io: Io, latest: number, log: Services['log']): Services {
  const kms: Services['kms'] = (region, caller) => {
    const client = new KMSClient({ ...aws.rotating(region), ...userAgent(caller) });
    client.middlewareStack.addRelativeTo(
      (next: FinalizeHandler<ServiceInputTypes, ServiceOutputTypes>, { commandName }: HandlerExecutionContext) =>
        (args: FinalizeHandlerArguments<ServiceInputTypes>) => {
          // Signed before, it is worth nothing five minutes later, wherever the machine goes to sleep now.
          return commandName === 'RotateKeyOnDemandCommand' && io.now() >= latest
            ? Promise.reject(new Error('The time was up before KMS was called'))
            : next(args);
        },
      { relation: 'after', toMiddleware: 'httpSigningMiddleware', name: 'callInTime' },
    );
    return kmsOf(client, REQUEST_DEADLINE);
  };
  const stores = new Map<string, ReturnType<Services['parameterStore']>>();
  return {
    kms,
    parameterStore: (region) => {
      const store = stores.get(region) ?? parameterStoreOf(new SSMClient(aws.rotating(region)), REQUEST_DEADLINE);
      stores.set(region, store);
      return store;
    },
    putAnswer: () => Promise.reject(new Error('Nobody but the terminal is answered')),
    now: io.now,
    sleep: io.sleep,
    random: io.random,
    newInvocationId: randomUUID,
    log,
  };
}

/** Of a session, its role, whose policies count. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function roleOf(callerArn: string): string {
  const [, partition = 'aws', , , account = '', resource = ''] = callerArn.split(':');
  const [kind, role = ''] = resource.split('/');
  return kind === 'assumed-role' ? `arn:${partition}:iam::${account}:role/${role}` : callerArn;
}

function print(
  attributes: RotationAttributes,
  view: KeyView,
  { token }: RotationRequest,
  { output }: RotateOptions,
  io: Io,
): void {
  if (output === 'json') {
    io.out(`${JSON.stringify(attributes, undefined, 2)}\n`);
    return;
  }
  const {
    Outcome: outcome,
    RemainingRotations: left,
    RotationDate: date,
    TokenUsedAt: at,
    TokenUsedBy: by,
  } = attributes;
  const name = `Key ${nameOf(view)}`;
  io.out(
    outcome === 'ROTATED'
      ? `${name} is rotated for the token ${JSON.stringify(token)}: its new key material is in force since ${date}, and ${left} on-demand rotations are left.\n`
      : `${name} was not rotated now: the token ${JSON.stringify(token)} was used up ${at} by ${stackName(by)}.\n`,
  );
}

/** The sentences speak to somebody who deploys. */
function forCommandLine(reason: string): string {
  return reason.replaceAll('Deploy again', 'Run this again').replaceAll('deploy again', 'run this again');
}
