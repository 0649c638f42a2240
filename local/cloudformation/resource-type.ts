import { randomBytes } from 'node:crypto';
import type { Iam } from '../iam/iam';
import type { KmsService } from '../kms/kms-service';
import type { LambdaService } from '../lambda/lambda-service';
import type { Logs } from '../logs/logs';
import type { ParameterStore } from '../ssm/parameter-store';
import type { S3 } from '../s3/s3';
import type { Sqs } from '../sqs/sqs';

export type Properties = Readonly<Record<string, unknown>>;

/** The services that hold the stacks' resources. */
export interface ResourceServices {
  readonly iam: Iam;
  readonly kms: KmsService;
  readonly lambda: LambdaService;
  readonly logs: Logs;
  readonly parameterStore: ParameterStore;
  readonly s3: S3;
  readonly sqs: Sqs;
  /** The URL of the local AWS. */
  readonly endpoint: () => string;
}

/** Identifies a resource and its stack. */
export interface ResourcePlace {
  readonly stackId: string;
  readonly stackName: string;
  readonly accountId: string;
  readonly region: string;
  readonly logicalId: string;
  readonly type: string;
}

export interface CreateRequest {
  readonly place: ResourcePlace;
  readonly properties: Properties;
  /** Aborted when CloudFormation no longer waits for the resource. */
  readonly signal: AbortSignal;
  /** The request ID of a failed attempt, which a retry without rollback reuses. */
  readonly requestId?: string;
  /** Called when the physical ID is known before the resource is complete. */
  readonly initiated?: (physicalId: string) => void;
}

export interface UpdateRequest extends CreateRequest {
  readonly physicalId: string;
  readonly before: Properties;
}

export type DeleteRequest = Omit<CreateRequest, 'requestId'> & { readonly physicalId: string };

/** A parent's request to roll back a nested stack. */
export interface RollbackRequest {
  readonly physicalId: string;
  /** Logical IDs of resources to skip; those of nested stacks are prefixed with the stack name. */
  readonly skipped: readonly string[];
}

/** A created resource. `Ref` returns its physical ID. */
export interface PhysicalResource {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** How CloudFormation handles the resources of one type. */
export interface ResourceType {
  /** Supported properties; a template with any other is refused. `any` for custom resources. */
  readonly properties: readonly string[] | 'any';
  readonly required?: readonly string[];
  /** Properties whose change requires replacement. */
  readonly createOnly?: readonly string[];
  /** Attributes that `Fn::GetAtt` supports. */
  readonly attributes: readonly string[] | 'any';
  /** Throws if a property that is known before the deployment is not supported. */
  readonly validate?: (properties: Properties) => void;
  /** Throws if the change is not allowed, before the resource is touched. */
  readonly checkUpdate?: (properties: Properties, before: Properties, physicalId: string) => void;
  /** Converts the properties to the form that the type takes. */
  readonly prepare?: (properties: Properties) => Properties;
  readonly create: (request: CreateRequest) => Promise<PhysicalResource> | PhysicalResource;
  readonly update: (request: UpdateRequest) => Promise<PhysicalResource> | PhysicalResource;
  readonly delete: (request: DeleteRequest) => Promise<void> | void;
  /**
   * Only for nested stacks. Every update of the parent visits them, because a template may change under the same URL. They roll back
   * and clean up only when the parent does.
   */
  readonly nested?: {
    readonly rollBack: (request: RollbackRequest) => Promise<PhysicalResource>;
    readonly cleanUp: (physicalId: string) => Promise<void>;
  };
  /** Finds an existing resource by the name in the properties, for ImportExistingResources. */
  readonly find?: (place: ResourcePlace, properties: Properties) => PhysicalResource | undefined;
  /** Reads the current properties for drift detection; `undefined` if the resource is gone. */
  readonly read?: (place: ResourcePlace, physicalId: string) => Properties | undefined;
}

/** A failed operation on a resource, with what a rollback needs to know. */
export class ResourceFailure extends Error {
  public constructor(
    reason: string,
    /** The physical ID of a resource that exists, or may exist. */
    public readonly physicalId?: string,
    public readonly requestId?: string,
  ) {
    super(reason);
  }
}

/** Generates a name as CloudFormation does: stack, logical ID and a random suffix. */
export function generatedName({ stackName, logicalId }: ResourcePlace, maxLength = 255): string {
  const random = randomBytes(9).toString('hex').toUpperCase().slice(0, 12);
  const room = maxLength - random.length - 2;
  const forLogicalId = Math.min(logicalId.length, Math.max(24, room - stackName.length));
  return [stackName.slice(0, room - forLogicalId), logicalId.slice(0, forLogicalId), random].join('-');
}
