import type { Failure } from '../../lambda/failures';
import type { Verdict } from '../../lib/sentence';
import type { CustomResourceResponse } from './response-server';
import { LOG_STREAM } from './stage';

/** Fails with the reason that CloudFormation was given, which tells more than that the status is another one. */
export function expectSuccess(response: CustomResourceResponse, data: Readonly<Record<string, unknown>> = {}): void {
  if (response.Status !== 'SUCCESS') throw new Error(`SUCCESS was expected, and came: ${response.Reason ?? ''}`);
  expect(response.Data).toMatchObject(data);
}

/** @returns the reason. */
export function expectFailure(response: CustomResourceResponse, code: string, verdict: Verdict): string {
  const { Status, Reason = '', Data } = response;
  const expected = `[${code}] ${verdict}. `;
  if (Status !== 'FAILED') throw new Error(`${expected}was expected, and came: ${Status} ${JSON.stringify(Data)}`);
  if (!Reason.startsWith(expected)) throw new Error(`${expected}was expected, and came: ${Reason}`);
  return Reason;
}

/** The reason that CloudFormation is given for a failure that rotated nothing. */
export function reasonOf(failure: Failure): string {
  return `${failure.as('NOT ROTATED').reason}\nCloudWatch Log Stream: ${LOG_STREAM}`;
}

/** The command of a reason. */
export function commandOf(reason: string): string {
  return /^Run:\n(.+)$/m.exec(reason)?.[1] ?? '';
}
