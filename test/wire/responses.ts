import type { Failure } from '../../lambda/failures';
import type { Verdict } from '../../lib/sentence';
import type { CustomResourceResponse } from './response-server';
import { LOG_STREAM } from './stage';

/** Fails with the response's reason, which says more than an unexpected status. */
export function expectSuccess(response: CustomResourceResponse, data: Readonly<Record<string, unknown>> = {}): void {
  if (response.Status !== 'SUCCESS') throw new Error(`Expected SUCCESS, but got: ${response.Reason ?? ''}`);
  expect(response.Data).toMatchObject(data);
}

/** @returns the reason. */
export function expectFailure(response: CustomResourceResponse, code: string, verdict: Verdict): string {
  const { Status, Reason = '', Data } = response;
  const expected = `[${code}] ${verdict}. `;
  if (Status !== 'FAILED') throw new Error(`Expected ${expected}but got: ${Status} ${JSON.stringify(Data)}`);
  if (!Reason.startsWith(expected)) throw new Error(`Expected ${expected}but got: ${Reason}`);
  return Reason;
}

/** The reason in the response for a failure that rotated nothing. */
export function reasonOf(failure: Failure): string {
  return `${failure.as('NOT ROTATED').reason}\nCloudWatch Log Stream: ${LOG_STREAM}`;
}

/** The command in a reason. */
export function commandOf(reason: string): string {
  return /^Run:\n(.+)$/m.exec(reason)?.[1] ?? '';
}
