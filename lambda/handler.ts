import { attributesOf } from './attributes';
import { type CustomResourceResponse, failed, submitResponse, success } from './custom-resource-response';
import { Failure, excerpt, unexpected } from './failures';
import { type MeasuredAnswer, embeddedMetrics, measurementsOf } from './metrics';
import { type RotationRequest, member, readRequest } from './request';
import { RotationExecutor } from './rotation-executor';
import type { Services } from './services';

/**
 * What remains after the deadline to look once more and to deliver the answer, in milliseconds. It suffices unless nearly every call then
 * runs into its timeout; if so, Lambda ends the function and delivers the event again, which the ledger makes harmless.
 */
const RESERVE = 120_000;

export interface LambdaContext {
  readonly functionName: string;
  readonly awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

/**
 * Answers one event of CloudFormation, finally or by an error that makes Lambda deliver the event again.
 */
export async function handle(
  event: unknown,
  context: LambdaContext,
  roleArn: string,
  services: Services,
): Promise<void> {
  const response = await responseTo(event, context, roleArn, services);
  await submitResponse(event, response, services);
}

async function responseTo(
  event: unknown,
  context: LambdaContext,
  roleArn: string,
  services: Services,
): Promise<CustomResourceResponse> {
  // A removed rotation changes nothing at the key, and its ledger must outlive it: the token stays used up.
  if (member(event, 'RequestType') === 'Delete') return success(event);
  const startedAt = services.now();
  const requestId = excerpt(member(event, 'RequestId'));
  let keyId: string | undefined;
  try {
    const request = readRequest(event);
    keyId = request.keyId;
    const { type, keyArn, stackId, logicalResourceId, tokenDigest } = request;
    services.log({ message: 'Request', type, requestId, stackId, logicalResourceId, keyArn, tokenDigest });
    const end = startedAt + context.getRemainingTimeInMillis() - RESERVE;
    const deadline = Math.min(startedAt + request.completionTimeout, end);
    const invocation = { id: services.newInvocationId(), roleArn, deadline, end };
    return await succeed(event, context, request, new RotationExecutor(request, invocation, services), services);
  } catch (error) {
    const failure = error instanceof Failure ? error : unexpected(error);
    const { code, verdict, reason } = failure;
    const stack = error instanceof Error && error !== failure ? error.stack : undefined;
    const record = { status: 'FAILED' as const, requestId, code, verdict, reason, ...(stack && { stack }) };
    logAnswer(record, { keyId, failureCode: code, rotated: false }, context, services);
    return failed(event, reason);
  }
}

async function succeed(
  event: unknown,
  context: LambdaContext,
  request: RotationRequest,
  rotation: RotationExecutor,
  services: Services,
): Promise<CustomResourceResponse> {
  const { ledger, record } = await (request.unchanged ? rotation.lookUp() : rotation.run());
  const data = attributesOf(request, ledger, record);
  const isNew = data.Outcome !== 'TOKEN_USED' && record?.requestId === request.requestId;
  const what = isNew
    ? `${data.Outcome === 'ROTATED' ? 'Rotated' : 'Recorded without a rotation'}, with ${data.RemainingRotations} on-demand rotations left`
    : `Nothing rotated now; token used up at ${data.TokenUsedAt} by ${data.TokenUsedBy}`;
  const { keyArn, keyId, requestId } = request;
  logAnswer(
    { status: 'SUCCESS', requestId, keyArn, outcome: data.Outcome, what },
    { keyId, ...measurementsOf(data.Outcome, ledger, record) },
    context,
    services,
  );
  return success(event, data);
}

/** A failure is an error in the log, too, so that its metrics are there whatever the log level. */
function logAnswer(
  record: { readonly status: 'SUCCESS' | 'FAILED' } & Readonly<Record<string, unknown>>,
  measured: Omit<MeasuredAnswer, 'at' | 'functionName'>,
  { functionName, awsRequestId }: LambdaContext,
  services: Services,
): void {
  services.log(
    { message: 'Answer', ...record },
    {
      level: record.status === 'FAILED' ? 'ERROR' : 'INFO',
      requestId: awsRequestId,
      ...embeddedMetrics({ at: services.now(), functionName, ...measured }),
    },
  );
}
