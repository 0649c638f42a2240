/**
 * The contract between construct and handler: the custom resource's type, its properties and attributes, and the limits that both
 * sides enforce. Not part of the public API.
 *
 * Deployed stacks contain these names, so they change only by addition.
 */

export const RESOURCE_TYPE = 'Custom::OnDemandKeyRotation';

/**
 * The properties of the custom resource. CloudFormation passes every scalar to the handler as a string.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html
 */
export interface RotationProperties {
  readonly KeyArn: string;
  readonly RotationToken: string;
  /** `true` or `false`. */
  readonly RotateOnCreate: string;
  /** In seconds. */
  readonly CompletionTimeout: string;
  readonly ReservedRotations: string;
  /** For a key with imported material: the pending material to rotate to. If absent, any is accepted. */
  readonly ExpectedKeyMaterialId?: string;
}

/**
 * What a deployment did with its rotation token.
 *
 * - `ROTATED`: this request rotated the key, or completed the rotation that its token had begun.
 * - `TOKEN_USED`: the token had been used up before, so nothing was rotated now.
 * - `BASELINE`: the token was recorded as the key's first, without a rotation.
 */
export type Outcome = 'ROTATED' | 'TOKEN_USED' | 'BASELINE';

/** Stands for a date, an ID or an ARN that does not exist: CloudFormation refuses empty exports. */
export const NONE = 'none';

/** The attributes of the custom resource. All are present and not empty in every success of a Create or an Update. */
export interface RotationAttributes {
  readonly KeyArn: string;
  /** When the token's rotation was over, in UTC, ISO 8601; `none` for a baseline. */
  readonly RotationDate: string;
  /** The material that the token's rotation brought into force; for a baseline, the material in force then; `none` if unknown. */
  readonly KeyMaterialId: string;
  /** When the token was used up; 0 if unknown. */
  readonly RemainingRotations: number;
  readonly Outcome: Outcome;
  /** When the token was used up, in UTC, ISO 8601; `none` if unknown. */
  readonly TokenUsedAt: string;
  /** The ARN of the stack that used the token up; `none` if unknown. */
  readonly TokenUsedBy: string;
}

/** Environment variable of the function: the ARN of its role, for messages about missing permissions. */
export const ROLE_ARN_VARIABLE = 'ROLE_ARN';

/** The path of all ledgers in Parameter Store. */
export const LEDGER_PATH = '/on-demand-key-rotation';

/** In UTF-16 code units, as JavaScript counts. */
export const MAX_TOKEN_LENGTH = 256;

/** All in seconds. */
export const COMPLETION_TIMEOUT = { min: 60, max: 13 * 60, default: 10 * 60 };

/**
 * The timeout of the function, in seconds: the longest that Lambda allows. A claim in the ledger that is older than this
 * has lost its owner.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
 */
export const FUNCTION_TIMEOUT = 15 * 60;

/**
 * How many on-demand rotations KMS grants a key in its life.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export const ROTATIONS_PER_KEY = 25;

export const DEFAULT_RESERVED_ROTATIONS = 5;

/** The handler's calls for a key. */
export const KMS_ACTIONS = [
  'kms:DescribeKey',
  'kms:GetKeyRotationStatus',
  'kms:ListKeyRotations',
  'kms:RotateKeyOnDemand',
];

/** The handler's calls for a ledger. */
export const LEDGER_ACTIONS = ['ssm:GetParametersByPath', 'ssm:PutParameter'];

/** The namespace of the metrics in CloudWatch. Users' alarms contain it, and the names below. */
export const METRIC_NAMESPACE = 'OnDemandKeyRotation';

export const METRICS = {
  rotations: 'Rotations',
  failures: 'Failures',
  secondsUntilInForce: 'SecondsUntilInForce',
  remainingRotations: 'RemainingRotations',
} as const;

/**
 * By function for the operator of a stack, by key for the owner of the key, whichever stack rotates it, and without dimensions for one
 * alarm for a whole Region. Failures also have their code, beside function or key.
 */
export const METRIC_DIMENSIONS = { function: 'FunctionName', key: 'KeyId', code: 'Code' } as const;
