import { randomBytes } from 'node:crypto';
import type { Iam } from '../iam/iam';
import type { KmsService } from '../kms/kms-service';
import type { LambdaService } from '../lambda/lambda-service';
import type { Logs } from '../logs/logs';
import type { ParameterStore } from '../ssm/parameter-store';
import type { S3 } from '../s3/s3';
import type { Sqs } from '../sqs/sqs';

export type Properties = Readonly<Record<string, unknown>>;

/** The services that hold what stacks consist of. */
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

/** The stack and the place in it that an operation on a resource is for. */
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
  /** Of an earlier try, which a retry without rollback bears again. */
  readonly requestId?: string;
  /** To be called where the physical ID is known before the resource is complete. */
  readonly initiated?: (physicalId: string) => void;
}

export interface UpdateRequest extends CreateRequest {
  readonly physicalId: string;
  readonly before: Properties;
}

export type DeleteRequest = Omit<CreateRequest, 'requestId'> & { readonly physicalId: string };

/** What is asked of the stack that a resource is. */
export interface NestedRequest {
  readonly physicalId: string;
  /** Logical IDs in it that a rollback passes over. */
  readonly skipped: readonly string[];
}

/** What a resource is once it is there. `Ref` returns the physical ID. */
export interface PhysicalResource {
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** How CloudFormation handles the resources of one type. */
export interface ResourceType {
  /** Those that are known; a template with others is refused. `any` for custom resources. */
  readonly properties: readonly string[] | 'any';
  readonly required?: readonly string[];
  /** Those whose change needs a new physical resource. */
  readonly createOnly?: readonly string[];
  /** What `Fn::GetAtt` can ask for. */
  readonly attributes: readonly string[] | 'any';
  /** Throws where properties, as far as they are known before the deployment, are not supported. */
  readonly validate?: (properties: Properties) => void;
  /** Throws where the change is refused, so that the resource stays untouched. */
  readonly checkUpdate?: (properties: Properties, before: Properties, physicalId: string) => void;
  /** Gives the properties as this type takes them. */
  readonly prepare?: (properties: Properties) => Properties;
  readonly create: (request: CreateRequest) => Promise<PhysicalResource> | PhysicalResource;
  readonly update: (request: UpdateRequest) => Promise<PhysicalResource> | PhysicalResource;
  readonly delete: (request: DeleteRequest) => Promise<void> | void;
  /**
   * Present where the resource is a stack of its own: each update of the parent visits it, since its template may have changed
   * under the same URL, and only the parent's end lets it roll back or clean up.
   */
  readonly nested?: {
    readonly rollBack: (request: NestedRequest) => Promise<PhysicalResource>;
    readonly cleanUp: (physicalId: string) => Promise<void>;
  };
  /** The resource that the properties name, if it exists already: what ImportExistingResources goes by. */
  readonly find?: (place: ResourcePlace, properties: Properties) => PhysicalResource | undefined;
  /** What the resource is like now, for drift detection: the properties that can be told, or undefined where it is gone. */
  readonly read?: (place: ResourcePlace, physicalId: string) => Properties | undefined;
}

/** That an operation on a resource failed; by what it says of the resource the rollback goes on. */
export class ResourceFailure extends Error {
  public constructor(
    reason: string,
    /** The resource, or something that CloudFormation has to take for it, exists. */
    public readonly physicalId?: string,
    public readonly requestId?: string,
  ) {
    super(reason);
  }
}

/** A name as CloudFormation makes it: stack, logical ID, and something random. */
export function generatedName({ stackName, logicalId }: ResourcePlace, maxLength = 255): string {
  const random = randomBytes(9).toString('hex').toUpperCase().slice(0, 12);
  const room = maxLength - random.length - 2;
  const forLogicalId = Math.min(logicalId.length, Math.max(24, room - stackName.length));
  return [stackName.slice(0, room - forLogicalId), logicalId.slice(0, forLogicalId), random].join('-');
}
