import type { RotationAttributes } from '../lib/protocol';
import { attributesOf } from './attributes';
import { type CustomResourceResponse, failed, submitResponse, success } from './custom-resource-response';
import { Failure, unexpected } from './failures';
import { member } from './member';
import { type MeasuredAnswer, embeddedMetrics } from './metrics';
import { type RotationRequest, readRequest, requestIdOf } from './request';
import { RotationExecutor } from './rotation-executor';
import type { Services } from './services';

/**
 * The time after the deadline for a last read and the answer, in milliseconds. It is too short only if nearly every call times out; then
 * Lambda ends the function and delivers the event again, which the ledger makes harmless.
 */
const RESERVE = 120_000;

export interface LambdaContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  readonly logStreamName: string;
  getRemainingTimeInMillis(): number;
}

/** The response, and what is logged and measured. */
interface Answer {
  readonly response: CustomResourceResponse;
  readonly logged: { readonly keyArn?: string } & Readonly<Record<string, unknown>>;
  readonly measured?: Pick<MeasuredAnswer, 'failureCode' | 'rotated' | 'secondsUntilInForce' | 'remainingRotations'>;
}

/** Answers one event of CloudFormation, or throws an error that makes Lambda deliver the event again. */
export async function handle(
  event: unknown,
  context: LambdaContext,
  roleArn: string,
  services: Services,
): Promise<void> {
  const { response, logged, measured } = await answerTo(event, context, roleArn, services);
  const record = { message: 'Answer', status: response.Status, requestId: requestIdOf(event), ...logged };
  const { functionName, awsRequestId } = context;
  services.log(record, {
    // A failure counts whatever the log level.
    level: response.Status === 'FAILED' ? 'ERROR' : 'INFO',
    requestId: awsRequestId,
    ...(measured && embeddedMetrics({ at: services.now(), functionName, keyId: keyIdOf(logged.keyArn), ...measured })),
  });
  await submitResponse(event, response, services);
}

async function answerTo(event: unknown, context: LambdaContext, roleArn: string, services: Services): Promise<Answer> {
  // Removing a rotation does not change the key, and the ledger must outlive it: the token stays used up.
  if (member(event, 'RequestType') === 'Delete') {
    return { response: success(event), logged: { what: 'Nothing to do: the ledger stays' } };
  }
  const startedAt = services.now();
  let keyArn: string | undefined;
  try {
    const request = readRequest(event);
    ({ keyArn } = request);
    const { type, requestId, stackId, logicalResourceId, tokenDigest } = request;
    services.log({ message: 'Request', type, requestId, stackId, logicalResourceId, keyArn, tokenDigest });
    const end = startedAt + context.getRemainingTimeInMillis() - RESERVE;
    const deadline = Math.min(startedAt + request.completionTimeout, end);
    const invocation = { id: services.newInvocationId(), roleArn, deadline, end };
    const rotation = new RotationExecutor(request, invocation, services);
    const { ledger, record } = await (request.unchanged ? rotation.lookUp() : rotation.run());
    const isNew = record?.requestId === request.requestId;
    const seconds = (services.now() - (request.requestedAt ?? startedAt)) / 1000;
    return succeeded(event, request, attributesOf(request, ledger, record), isNew, seconds);
  } catch (error) {
    const failure = error instanceof Failure ? error : unexpected(error);
    const { code, verdict, reason } = failure;
    const stack = error instanceof Error && error !== failure ? error.stack : undefined;
    return {
      response: failed(event, `${reason}\n${logStream(context)}`),
      logged: { keyArn, code, verdict, reason, ...(stack && { stack }) },
      measured: { rotated: false, failureCode: code },
    };
  }
}

/** By this wording the CDK CLI finds this request's log, and omits other requests'. */
function logStream({ logStreamName }: LambdaContext): string {
  return `CloudWatch Log Stream: ${logStreamName}`;
}

function succeeded(
  event: unknown,
  { keyArn }: RotationRequest,
  data: RotationAttributes,
  isNew: boolean,
  seconds: number,
): Answer {
  const { Outcome, RemainingRotations, TokenUsedAt, TokenUsedBy } = data;
  const rotated = Outcome === 'ROTATED';
  const done = rotated ? 'Rotated' : 'Recorded without a rotation';
  const what =
    rotated || (isNew && Outcome === 'BASELINE')
      ? `${done}, with ${RemainingRotations} on-demand rotations left`
      : `Nothing rotated now; token used up at ${TokenUsedAt} by ${TokenUsedBy}`;
  return {
    response: success(event, data),
    logged: { keyArn, outcome: Outcome, what },
    measured: {
      rotated,
      ...(rotated && { secondsUntilInForce: seconds }),
      ...(isNew && { remainingRotations: RemainingRotations }),
    },
  };
}

function keyIdOf(keyArn: string | undefined): string | undefined {
  return keyArn?.split('/')[1];
}
