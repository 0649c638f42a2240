import { createHash } from 'node:crypto';
import { principalArn } from '../iam/authorization';
import type { RotationEvent } from '../kms/kms-service';
import type { LoggedCall } from '../wire/interception';

/** A CloudTrail record. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
export interface TrailEvent {
  readonly at: number;
  readonly region: string;
  readonly id: string;
  readonly name: string;
  readonly source: string;
  readonly readOnly: boolean;
  readonly username?: string;
  readonly accessKeyId?: string;
  readonly keyArn?: string;
  /** The whole record. */
  readonly record: object;
}

/** Data-plane calls, which CloudTrail does not record as management events. */
const DATA_EVENTS: readonly string[] = ['response', 's3', 'sqs', 'lambda:Invoke'];

const READ_ONLY = /^(Get|List|Describe|Lookup|Filter|Assume|Encrypt|Decrypt|GenerateDataKey)/;

/** Start of the error message for a request whose parameters violate the service's model. */
const VALIDATION_ERROR = '1 validation error detected';

const NEVER_RECORDED = ['Plaintext', 'CiphertextBlob', 'EncryptedKeyMaterial', 'ImportToken'];

export function isManagementEvent({ service, operation }: LoggedCall): boolean {
  return !DATA_EVENTS.includes(service) && !DATA_EVENTS.includes(`${service}:${operation}`);
}

export function callEvent(call: LoggedCall, accountId: string): TrailEvent {
  const { service, operation, region, caller, requestId, userAgent, startedAt, resourceArn, output } = call;
  const readOnly = READ_ONLY.test(operation);
  const error = errorOf(call, readOnly);
  const isInvalid = error.errorMessage?.startsWith(VALIDATION_ERROR) === true;
  const id = eventId(requestId);
  const username =
    caller.roleArn === undefined ? 'administrator' : (caller.sessionName ?? caller.roleArn.split('/').at(-1));
  const keyArn = service === 'kms' && resourceArn !== '*' ? resourceArn : undefined;
  const resource = { accountId, ...(service === 'kms' && { type: 'AWS::KMS::Key' }), ARN: resourceArn };
  const record = {
    eventVersion: '1.11',
    userIdentity: userIdentity(call, accountId, username),
    eventTime: isoSeconds(startedAt),
    eventSource: `${service}.amazonaws.com`,
    eventName: operation,
    awsRegion: region,
    sourceIPAddress: '127.0.0.1',
    userAgent,
    ...error,
    requestParameters: isInvalid ? null : recorded(call.input, service),
    responseElements:
      readOnly || output === undefined || Object.keys(output).length === 0 ? null : recorded(output, service),
    requestID: requestId,
    eventID: id,
    readOnly,
    ...(!isInvalid && resourceArn !== undefined && resourceArn !== '*' && { resources: [resource] }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
  const common = { at: startedAt, region, id, name: operation, source: record.eventSource, readOnly, record };
  return { ...common, username, accessKeyId: caller.accessKeyId, ...(keyArn !== undefined && { keyArn }) };
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/ct-rotatekey.html */
export function rotationEvent(rotation: RotationEvent, accountId: string): TrailEvent {
  const { keyArn, completedAt, type, keyOrigin, previousKeyMaterialId, currentKeyMaterialId } = rotation;
  const region = keyArn.split(':')[3] ?? '';
  const keyId = keyArn.slice(keyArn.lastIndexOf('/') + 1);
  const id = eventId(keyArn + currentKeyMaterialId);
  const record = {
    eventVersion: '1.11',
    userIdentity: { accountId, invokedBy: 'AWS Internal' },
    eventTime: isoSeconds(completedAt),
    eventSource: 'kms.amazonaws.com',
    eventName: 'RotateKey',
    awsRegion: region,
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    requestParameters: null,
    responseElements: null,
    eventID: id,
    readOnly: false,
    resources: [{ accountId, type: 'AWS::KMS::Key', ARN: keyArn }],
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: accountId,
    serviceEventDetails: { rotationType: type, keyOrigin, previousKeyMaterialId, currentKeyMaterialId, keyId },
    eventCategory: 'Management',
  };
  return {
    at: completedAt,
    region,
    id,
    name: 'RotateKey',
    source: record.eventSource,
    readOnly: false,
    keyArn,
    record,
  };
}

/** Failed reads of Systems Manager are recorded as if they had succeeded. */
function errorOf(
  { service, errorCode, errorMessage }: LoggedCall,
  readOnly: boolean,
): { errorCode?: string; errorMessage?: string } {
  return errorCode === undefined || (service === 'ssm' && readOnly) ? {} : { errorCode, errorMessage };
}

function userIdentity(call: LoggedCall, accountId: string, username: string | undefined): object {
  const { caller } = call;
  const arn = principalArn(caller, accountId);
  if (caller.roleArn === undefined) {
    return { type: 'IAMUser', arn, accountId, accessKeyId: caller.accessKeyId, userName: username };
  }
  const role = caller.roleArn.split('/').at(-1);
  const sessionIssuer = { type: 'Role', arn: caller.roleArn, accountId, userName: role };
  return { type: 'AssumedRole', arn, accountId, accessKeyId: caller.accessKeyId, sessionContext: { sessionIssuer } };
}

/** CloudTrail lowercases the first letter of member names and omits secrets. */
function recorded(members: object, service: string): object {
  const entries = Object.entries(members)
    .filter(([name]) => !NEVER_RECORDED.includes(name))
    .map(([name, value]: [string, unknown]) => {
      const isSecret = service === 'ssm' && name === 'Value';
      return [lowerCase(name), isSecret ? 'HIDDEN_DUE_TO_SECURITY_REASONS' : recordedList(value)];
    });
  return Object.fromEntries(entries) as object;
}

/** Lowercases member names in list elements; keys of maps are the caller's own and stay. */
function recordedList(value: unknown): unknown {
  const lowered = (element: unknown): unknown =>
    typeof element === 'object' && element !== null
      ? Object.fromEntries(
          Object.entries(element).map(([name, member]: [string, unknown]) => [lowerCase(name), member]),
        )
      : element;
  return Array.isArray(value) ? value.map(lowered) : value;
}

function lowerCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** Derived from the event, so that it stays the same across lookups. */
function eventId(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
}

function isoSeconds(moment: number): string {
  return new Date(moment).toISOString().replace(/\.\d+Z$/, 'Z');
}
