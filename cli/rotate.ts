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
import { nameOf, stackName } from './display-names';
import { usualTime } from './durations';
import { Gaps } from './gaps';
import type { Io } from './io';
import { type CommonOptions, onlyRegion } from './options';
import { type Outcome, outcomeOf } from './plan/outcome';
import { EXIT, type ExitCode, notConfirmed, wrongClock } from './problem';
import { Progress } from './progress';
import { type KeyView, RegionReader, keyIdOf, regionInArn } from './region-reader';

export interface RotateOptions extends CommonOptions {
  readonly token: string;
  readonly yes?: true;
  readonly reservedRotations?: string;
  readonly expectedKeyMaterialId?: string;
}

const SECOND = 1000;
/**
 * AWS accepts a request for five minutes after it was signed. With this deadline, that makes the 15 minutes after which others take a claim's
 * owner for dead: Lambda ends a function by then, but nothing ends a program on a sleeping machine.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
const DEADLINE = COMPLETION_TIMEOUT.default * SECOND;
/** Claims expire by the clock of their writer. */
const CLOCK_TOLERANCE = 60 * SECOND;

/** Rotates one key for one token, exactly once, as a deployment does. */
export async function rotate(key: string, options: RotateOptions, io: Io): Promise<ExitCode> {
  const aws = new Aws(options.profile, io);
  const region = regionInArn(key) ?? (await onlyRegion(options, aws, 'A key is in one Region'));
  const caller = await aws.identity(region);
  if (Math.abs(caller.clockDifference) > CLOCK_TOLERANCE) throw wrongClock(caller.clockDifference);
  const reader = new RegionReader(aws, region, new Gaps(options.profile), io);
  const keyArn = await reader.arnOf(key);
  const view = await reader.view(keyArn, await reader.ledger(keyIdOf(keyArn)));
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

/** In the form of CloudFormation's request, so that the same checks apply. */
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
  // Nothing is recorded for an invalid token.
  if (request.problem) throw request.problem.as('NOT ROTATED');
  return request;
}

/** Shows what would happen, and asks; not if the token is used up, as nothing will happen then. */
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
    // Interrupted, it ends as if its time were up, and reports its progress.
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
 * @param latest until when KMS may be called to rotate; milliseconds since the epoch.
 */
function rotationServices(aws: Aws, io: Io, latest: number, log: Services['log']): Services {
  const kms: Services['kms'] = (region, caller) => {
    const client = new KMSClient({ ...aws.rotating(region), ...userAgent(caller) });
    client.middlewareStack.addRelativeTo(
      (next: FinalizeHandler<ServiceInputTypes, ServiceOutputTypes>, { commandName }: HandlerExecutionContext) =>
        (args: FinalizeHandlerArguments<ServiceInputTypes>) => {
          // The signature expires after five minutes, even if the machine goes to sleep now.
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

/** The role of a session, whose policies apply. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
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

/** The sentences are written for deployments. */
function forCommandLine(reason: string): string {
  return reason.replaceAll('Deploy again', 'Run this again').replaceAll('deploy again', 'run this again');
}
