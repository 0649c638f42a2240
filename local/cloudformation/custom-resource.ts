import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import type { LambdaService } from '../lambda/lambda-service';
import { withStrings } from './deployment-context';
import {
  type CreateRequest,
  type DeleteRequest,
  generatedName,
  type PhysicalResource,
  type Properties,
  ResourceFailure,
  type ResourcePlace,
  type ResourceType,
} from './resource-type';
import type { ResponseEndpoint } from './response-endpoint';

/** Default and maximum of `ServiceTimeout`, in seconds. */
const SERVICE_TIMEOUT = 3600;

/** Includes Reason and Data. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html */
const MAX_RESPONSE_BYTES = 4096;

const MAX_PHYSICAL_ID_BYTES = 1024;

interface Exchange {
  readonly place: ResourcePlace;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly requestType: 'Create' | 'Update' | 'Delete';
  readonly properties: Properties;
  readonly physicalId?: string;
  readonly before?: Properties;
}

interface CustomResourceResponse {
  readonly Status?: unknown;
  readonly Reason?: unknown;
  readonly PhysicalResourceId?: unknown;
  readonly StackId?: unknown;
  readonly RequestId?: unknown;
  readonly LogicalResourceId?: unknown;
  readonly Data?: unknown;
}

/**
 * Resources that a Lambda function provides. CloudFormation invokes the function asynchronously and waits for its response.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 */
export class CustomResourceType implements ResourceType {
  public readonly properties = 'any';
  public readonly required = ['ServiceToken'];
  public readonly attributes = 'any';

  public constructor(
    private readonly lambda: LambdaService,
    private readonly responses: ResponseEndpoint,
    private readonly clock: Clock,
    private readonly endpoint: () => string,
  ) {}

  public validate({ ServiceTimeout: timeout = SERVICE_TIMEOUT }: Properties): void {
    const seconds = Number(timeout);
    // An object is an unresolved intrinsic function.
    if (typeof timeout !== 'object' && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= SERVICE_TIMEOUT)) {
      throw new Error(
        `ServiceTimeout must be a number of seconds from 1 to ${SERVICE_TIMEOUT}, not ${JSON.stringify(timeout)}.`,
      );
    }
  }

  /** The function receives every scalar as a string. */
  public prepare(properties: Properties): Properties {
    return withStrings(properties) as Properties;
  }

  public checkUpdate(properties: Properties, before: Properties): void {
    if (properties.ServiceToken !== before.ServiceToken) {
      throw new Error('Modifying service token is not allowed.');
    }
  }

  public async create({
    place,
    properties,
    signal,
    requestId = randomUUID(),
  }: CreateRequest): Promise<PhysicalResource> {
    return this.exchange({ requestType: 'Create', place, properties, signal, requestId });
  }

  public async update(
    request: CreateRequest & { readonly physicalId: string; readonly before: Properties },
  ): Promise<PhysicalResource> {
    const { place, properties, before, physicalId, signal, requestId = randomUUID() } = request;
    return this.exchange({ requestType: 'Update', place, properties, before, physicalId, signal, requestId });
  }

  public async delete({ place, properties, physicalId, signal }: DeleteRequest): Promise<void> {
    await this.exchange({ requestType: 'Delete', place, properties, physicalId, signal, requestId: randomUUID() });
  }

  private async exchange(exchange: Exchange): Promise<PhysicalResource> {
    // Without a response, CloudFormation generates a physical ID for whatever may have been created.
    const assumedId = exchange.physicalId ?? generatedName(exchange.place);
    const timeout = Number(exchange.properties.ServiceTimeout ?? SERVICE_TIMEOUT) * 1000;
    const { place, requestId } = exchange;
    const { path, response } = this.responses.open({ ...place, requestId });
    this.send(exchange, this.endpoint() + path);
    const body = await this.waitFor(response, timeout, exchange.signal);
    if (body === 'cancelled') {
      const verb = { Create: 'creation', Update: 'update', Delete: 'deletion' }[exchange.requestType];
      throw new ResourceFailure(`Resource ${verb} cancelled`, assumedId, requestId);
    }
    if (body === 'late') {
      throw new ResourceFailure(noResponse(requestId), assumedId, requestId);
    }
    return readResponse(body, exchange, assumedId);
  }

  private send(exchange: Exchange, responseUrl: string): void {
    const { place, requestType, requestId, properties, physicalId, before } = exchange;
    const event = {
      RequestType: requestType,
      ServiceToken: properties.ServiceToken,
      ...(properties.ServiceTimeout !== undefined && { ServiceTimeout: properties.ServiceTimeout }),
      ResponseURL: responseUrl,
      StackId: place.stackId,
      RequestId: requestId,
      LogicalResourceId: place.logicalId,
      ...(physicalId !== undefined && { PhysicalResourceId: physicalId }),
      ResourceType: place.type,
      ResourceProperties: properties,
      ...(before && { OldResourceProperties: before }),
    };
    try {
      this.lambda.invokeAsync(String(properties.ServiceToken), event, place.region);
    } catch (error) {
      throw new ResourceFailure(error instanceof Error ? error.message : String(error), physicalId, requestId);
    }
  }

  private waitFor(
    response: Promise<Buffer>,
    timeout: number,
    signal: AbortSignal,
  ): Promise<Buffer | 'late' | 'cancelled'> {
    return new Promise((resolve) => {
      const cancel = (): void => {
        resolve('cancelled');
      };
      const stopWaiting = this.clock.schedule(timeout, () => {
        resolve('late');
      });
      signal.addEventListener('abort', cancel);
      if (signal.aborted) {
        cancel();
      }
      void response.then((body) => {
        stopWaiting();
        signal.removeEventListener('abort', cancel);
        resolve(body);
      });
    });
  }
}

function readResponse(body: Buffer, exchange: Exchange, assumedId: string): PhysicalResource {
  const { requestId, requestType, place } = exchange;
  const refuse = (reason: string): never => {
    throw new ResourceFailure(reason, assumedId, requestId);
  };
  if (body.length > MAX_RESPONSE_BYTES) {
    refuse('Response object is too long.');
  }
  const response = parseResponse(body) ?? refuse('Response is not a valid JSON object.');
  if (
    response.StackId !== place.stackId ||
    response.RequestId !== requestId ||
    response.LogicalResourceId !== place.logicalId
  ) {
    refuse('Invalid response: StackId, RequestId and LogicalResourceId must be those of the request.');
  }
  const {
    Status,
    Reason,
    Data = {},
    PhysicalResourceId: physicalId = exchange.requestType === 'Delete' ? assumedId : undefined,
  } = response;
  if (typeof physicalId !== 'string' || physicalId === '' || Buffer.byteLength(physicalId) > MAX_PHYSICAL_ID_BYTES) {
    return refuse('Invalid PhysicalResourceId');
  }
  if (Status === 'FAILED') {
    const message = typeof Reason === 'string' && Reason !== '' ? Reason : 'Unknown';
    // Except on Delete, CloudFormation adopts the physical ID of a FAILED response too: https://github.com/aws/aws-cdk/issues/13527
    throw new ResourceFailure(
      `Received response status [FAILED] from custom resource. Message returned: ${message} (RequestId: ${requestId})`,
      requestType === 'Delete' ? assumedId : physicalId,
      requestId,
    );
  }
  if (Status !== 'SUCCESS') {
    refuse('Invalid Status: must be SUCCESS or FAILED.');
  }
  if (typeof Data !== 'object' || Data === null || Array.isArray(Data)) {
    return refuse('Invalid Data: must be an object.');
  }
  return { physicalId, attributes: { ...Data } };
}

function parseResponse(body: Buffer): CustomResourceResponse | undefined {
  try {
    const response: unknown = JSON.parse(body.toString('utf8'));
    return typeof response === 'object' && response !== null ? response : undefined;
  } catch {
    return undefined;
  }
}

function noResponse(requestId: string): string {
  return (
    'CloudFormation did not receive a response from your Custom Resource. ' +
    `Please check your logs for requestId [${requestId}]. If you are using the Python cfn-response module, ` +
    'you may need to update your Lambda function code so that CloudFormation can attach the updated version.'
  );
}
