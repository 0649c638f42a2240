import {
  COMPLETION_TIMEOUT,
  DEFAULT_RESERVED_ROTATIONS,
  MAX_TOKEN_LENGTH,
  type RotationProperties,
} from '../lib/protocol';
import { tokenProblem } from '../lib/rotation-token';
import { Failure, aliasArn, malformed, otherAccount, tokenRefused } from './failures';
import { member } from './member';
import { tokenDigest } from './token-digest';

/** What CloudFormation asks for: one token's rotation of one key. */
export interface RotationRequest {
  readonly type: 'Create' | 'Update';
  readonly keyArn: string;
  readonly keyId: string;
  readonly region: string;
  readonly token: string;
  /** Stands for the token in logs. */
  readonly tokenDigest: string;
  /** An Update with the same key and token. Only these are compared, so that an upgrade of the library never rotates. */
  readonly unchanged: boolean;
  /** If the token is the key's first, it is recorded without a rotation. */
  readonly baselineOnly: boolean;
  /** In milliseconds. */
  readonly completionTimeout: number;
  readonly reservedRotations: number;
  /** Of a key with imported material: the only pending material to rotate to. */
  readonly expectedKeyMaterialId: string | undefined;
  /** Why nothing may be rotated for this request. It succeeds nevertheless if its token is used up. */
  readonly problem: Failure | undefined;
  /** When CloudFormation sent the request, if its URL says so; milliseconds since the epoch. */
  readonly requestedAt: number | undefined;
  readonly requestId: string;
  readonly stackId: string;
  readonly logicalResourceId: string;
}

/**
 * Reads a Create or an Update.
 *
 * @throws Failure if the event lacks a valid key or a token, so that there is no ledger to read.
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
export function readRequest(event: unknown): RotationRequest {
  const type = text(event, 'RequestType');
  if (type !== 'Create' && type !== 'Update') throw malformed('RequestType', type, 'Create, Update or Delete');

  const properties = member(event, 'ResourceProperties');
  const keyArn = text(properties, property('KeyArn'));
  const key = readKeyArn(keyArn);
  const stackId = text(event, 'StackId');
  const account = stackId.split(':')[4] ?? '';
  // No ledger of this account can know such a key.
  if (account !== '' && account !== key.account) throw otherAccount(keyArn, account).as('NOT ROTATED');

  const token = text(properties, property('RotationToken'));
  const old = type === 'Update' ? member(event, 'OldResourceProperties') : undefined;
  const keyIsNew = scalar(old, property('KeyArn')) !== keyArn;
  return {
    type,
    keyArn,
    keyId: key.id,
    region: key.region,
    token,
    tokenDigest: tokenDigest(token),
    unchanged: !keyIsNew && scalar(old, property('RotationToken')) === token,
    ...readOptions(properties, token, keyIsNew),
    requestedAt: readSigningDate(member(event, 'ResponseURL')),
    requestId: text(event, 'RequestId'),
    stackId,
    logicalResourceId: text(event, 'LogicalResourceId'),
  };
}

type Options = Pick<
  RotationRequest,
  'baselineOnly' | 'completionTimeout' | 'reservedRotations' | 'expectedKeyMaterialId' | 'problem'
>;

/** Options that matter only for a token that is not used up. The first invalid one becomes the request's problem. */
function readOptions(properties: unknown, token: string, keyIsNew: boolean): Options {
  const defaults = {
    baselineOnly: false,
    completionTimeout: 1000 * COMPLETION_TIMEOUT.default,
    reservedRotations: DEFAULT_RESERVED_ROTATIONS,
    expectedKeyMaterialId: undefined,
  };
  try {
    const problem = tokenProblem(token);
    if (problem !== undefined) throw tokenRefused(problem, MAX_TOKEN_LENGTH);
    return {
      baselineOnly: keyIsNew && !readBoolean(properties, 'RotateOnCreate', true),
      completionTimeout: 1000 * readInteger(properties, 'CompletionTimeout', COMPLETION_TIMEOUT),
      reservedRotations: readInteger(properties, 'ReservedRotations', {
        min: 0,
        max: Number.MAX_SAFE_INTEGER,
        default: DEFAULT_RESERVED_ROTATIONS,
      }),
      expectedKeyMaterialId: readMaterialId(properties, 'ExpectedKeyMaterialId'),
      problem: undefined,
    };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...defaults, problem: error };
  }
}

/**
 * CloudFormation signs the response URL when it sends the request; nothing else in the event has the time.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
function readSigningDate(url: unknown): number | undefined {
  const date = typeof url === 'string' && URL.canParse(url) ? new URL(url).searchParams.get('X-Amz-Date') : undefined;
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '') ?? [];
  const time = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** For logs and errors: cut, because the event may not be CloudFormation's. */
export function requestIdOf(event: unknown): string | undefined {
  const requestId = member(event, 'RequestId');
  return typeof requestId === 'string' ? requestId.slice(0, 64) : undefined;
}

/** Ties a name to the protocol between construct and handler. */
function property(name: keyof RotationProperties): string {
  return name;
}

/** CloudFormation sends every scalar as a string, whatever its type in the template. */
function scalar(of: unknown, name: string): unknown {
  const value = member(of, name);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function text(of: unknown, name: string): string {
  const value = scalar(of, name);
  if (typeof value !== 'string' || value === '') throw malformed(name, value, 'a text that is not empty');
  return value;
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html#awskeymanagementservice-resources-for-iam-policies
const KEY_ARN = /^arn:[\w-]+:kms:([\w-]+):(\d{12}):key\/([\w-]+)$/;
const ALIAS_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:alias\/.+$/;

function readKeyArn(arn: string): { region: string; account: string; id: string } {
  if (ALIAS_ARN.test(arn)) throw aliasArn(arn).as('NOT ROTATED');
  const [, region, account, id] = KEY_ARN.exec(arn) ?? [];
  if (region === undefined || account === undefined || id === undefined) {
    throw malformed('KeyArn', arn, 'the ARN of a KMS key, arn:<partition>:kms:<Region>:<account>:key/<key ID>').as(
      'NOT ROTATED',
    );
  }
  return { region, account, id };
}

/** Optional properties may be absent: older versions of the construct did not send them all. */
function readBoolean(properties: unknown, name: keyof RotationProperties, whenAbsent: boolean): boolean {
  const value = scalar(properties, name);
  if (value === undefined) return whenAbsent;
  if (value !== 'true' && value !== 'false') throw malformed(name, value, 'true or false');
  return value === 'true';
}

function readInteger(
  properties: unknown,
  name: keyof RotationProperties,
  range: { min: number; max: number; default: number },
): number {
  const value = scalar(properties, name);
  if (value === undefined) return range.default;
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : NaN;
  if (!(number >= range.min && number <= range.max)) {
    throw malformed(name, value, `a whole number from ${range.min} to ${range.max}`);
  }
  return number;
}

/** 64 hexadecimal digits: https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html */
function readMaterialId(properties: unknown, name: keyof RotationProperties): string | undefined {
  const value = scalar(properties, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) {
    throw malformed(name, value, 'the ID of key material, 64 hexadecimal digits');
  }
  return value;
}
