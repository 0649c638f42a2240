import type { RotationAttributes } from '../lib/protocol';
import { nameOf } from './aws-error';
import { member } from './member';
import { requestIdOf } from './request';
import { backoff } from './retry';
import type { Services } from './services';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
export interface CustomResourceResponse {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly Data?: RotationAttributes;
}

const MAX_BYTES = 4096;
const MAX_ATTEMPTS = 5;

export function success(event: unknown, data?: RotationAttributes): CustomResourceResponse {
  return { Status: 'SUCCESS', ...identity(event), ...(data && { Data: data }) };
}

export function failed(event: unknown, reason: string): CustomResourceResponse {
  return { Status: 'FAILED', Reason: reason, ...identity(event) };
}

/**
 * The physical ID never changes: CloudFormation takes another one for a replacement, even on failure, and sends a Delete.
 * https://github.com/aws/aws-cdk/issues/13527
 */
function identity(event: unknown) {
  const echo = (name: string) => {
    const value = member(event, name);
    return typeof value === 'string' ? value : '';
  };
  const LogicalResourceId = echo('LogicalResourceId');
  return {
    PhysicalResourceId: echo('PhysicalResourceId') || LogicalResourceId || 'OnDemandKeyRotation',
    StackId: echo('StackId'),
    RequestId: echo('RequestId'),
    LogicalResourceId,
  };
}

/** The response as JSON, with its reason cut to the size that CloudFormation accepts. */
export function render(response: CustomResourceResponse): string {
  const whole = JSON.stringify(response);
  if (response.Reason === undefined || Buffer.byteLength(whole) <= MAX_BYTES) return whole;

  // By characters, so that none is split; their sizes in JSON differ.
  const characters = Array.from(response.Reason);
  const cutTo = (length: number) => JSON.stringify({ ...response, Reason: `${characters.slice(0, length).join('')}…` });
  let fits = 0;
  let tooLong = characters.length;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (Buffer.byteLength(cutTo(middle)) <= MAX_BYTES) fits = middle;
    else tooLong = middle;
  }
  return cutTo(fits);
}

/**
 * Sends the response until CloudFormation has accepted it.
 *
 * @throws Error if it does not, so that Lambda delivers the event again. The message omits the URL: anybody who has it can respond.
 */
export async function submitResponse(
  event: unknown,
  response: CustomResourceResponse,
  services: Services,
): Promise<void> {
  const url = responseUrl(event);
  const body = render(response);
  let problem = '';
  for (let n = 0; n < MAX_ATTEMPTS; n++) {
    if (n > 0) await services.sleep(backoff(n, () => services.random()));
    try {
      const status = await services.putAnswer(url, body);
      if (status >= 200 && status < 300) return;
      problem = `HTTP status ${status}`;
    } catch (error) {
      problem = nameOf(error);
    }
    services.log({ message: 'The response could not be delivered', requestId: requestIdOf(event), problem });
  }
  throw new Error(`CloudFormation did not take the response to request ${requestIdOf(event) ?? ''}: ${problem}`);
}

/**
 * HTTPS keeps the response secret. HTTP is for a local AWS: a loopback address, and only if all calls to AWS go to one, too. In Lambda, a
 * loopback address is the runtime API.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
function responseUrl(event: unknown): URL {
  const url = urlOf(member(event, 'ResponseURL'));
  const isLocal = isLoopback(url) && isLoopback(urlOf(process.env.AWS_ENDPOINT_URL));
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLocal)) return url;
  throw new Error('The event has no ResponseURL that a response could be sent to');
}

function urlOf(value: unknown): URL | undefined {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
}

function isLoopback(url: URL | undefined): boolean {
  return url !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
}
