import { type CustomResourceResponse, submitResponse, failed, success } from './custom-resource-response';
import { Failure, unexpected } from './failures';
import { member, readRequest } from './request';
import { RotationExecutor } from './rotation-executor';
import type { Services } from './services';

/**
 * What remains after the deadline to look once more and to deliver the answer, in milliseconds. It suffices unless nearly every call then
 * runs into its timeout; if so, Lambda ends the function and delivers the event again, which the ledger makes harmless.
 */
const RESERVE = 120_000;

export interface LambdaContext {
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
  const answer = await answerTo(event, context, roleArn, services);
  services.log({
    message: 'Answer',
    status: answer.Status,
    reason: answer.Reason,
    requestId: answer.RequestId,
    data: answer.Data,
  });
  await submitResponse(event, answer, services);
}

async function answerTo(
  event: unknown,
  context: LambdaContext,
  roleArn: string,
  services: Services,
): Promise<CustomResourceResponse> {
  // A removed rotation changes nothing at the key, and its ledger must outlive it: the token stays spent.
  if (member(event, 'RequestType') === 'Delete') return success(event);
  const startedAt = services.now();
  try {
    const request = readRequest(event);
    services.log({
      message: 'Request',
      type: request.type,
      requestId: request.requestId,
      stackId: request.stackId,
      logicalResourceId: request.logicalResourceId,
      keyArn: request.keyArn,
      tokenDigest: request.tokenDigest,
    });
    const end = startedAt + context.getRemainingTimeInMillis() - RESERVE;
    const deadline = Math.min(startedAt + request.completionTimeout, end);
    const rotation = new RotationExecutor(
      request,
      { id: services.newInvocationId(), roleArn, deadline, end },
      services,
    );
    return success(event, await (request.unchanged ? rotation.attributes() : rotation.run()));
  } catch (error) {
    const failure = error instanceof Failure ? error : unexpected(error);
    services.log({
      message: 'Failure',
      code: failure.code,
      requestId: member(event, 'RequestId'),
      ...(error instanceof Error && failure !== error && { stack: error.stack }),
    });
    return failed(event, failure.message);
  }
}
