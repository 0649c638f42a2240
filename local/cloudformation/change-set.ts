import type { DeploymentConfig } from './deployment-config';
import type { ProcessedTemplate } from './processed-template';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** Why one attribute of a resource changes. https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html */
export interface ChangeDetail {
  readonly Target: {
    readonly Attribute: 'Properties' | 'Metadata' | 'Tags' | 'DeletionPolicy' | 'UpdateReplacePolicy';
    readonly Name?: string;
    readonly RequiresRecreation: 'Never' | 'Always';
    readonly Path?: string;
    readonly AttributeChangeType?: 'Add' | 'Modify' | 'Remove';
    readonly BeforeValue?: string;
    readonly AfterValue?: string;
  };
  readonly Evaluation: 'Static' | 'Dynamic';
  readonly ChangeSource:
    'DirectModification' | 'ParameterReference' | 'ResourceReference' | 'ResourceAttribute' | 'Automatic';
  readonly CausingEntity?: string;
}

/** The change to one resource. */
export interface ResourceChange {
  readonly Action: 'Add' | 'Modify' | 'Remove' | 'Import';
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceType: string;
  readonly Replacement?: 'True' | 'False' | 'Conditional';
  readonly PolicyAction?: 'Delete' | 'Retain' | 'ReplaceAndDelete' | 'ReplaceAndRetain';
  readonly Scope: readonly string[];
  readonly Details: readonly ChangeDetail[];
  readonly BeforeContext?: string;
  readonly AfterContext?: string;
}

export interface ChangeSet {
  readonly name: string;
  readonly id: string;
  readonly type: 'CREATE' | 'UPDATE';
  readonly processed: ProcessedTemplate;
  readonly tags: readonly Tag[];
  readonly capabilities: readonly string[];
  readonly description?: string;
  readonly clientToken?: string;
  readonly deploymentConfig: DeploymentConfig;
  readonly createdAt: Date;
  readonly includeNestedStacks: boolean;
  readonly importExistingResources: boolean;
  readonly changes: readonly ResourceChange[];
  /** A change set without changes has failed. */
  readonly empty: boolean;
  /** An executed or obsolete change set can be found only by its ARN. */
  executionStatus: 'AVAILABLE' | 'UNAVAILABLE' | 'EXECUTE_COMPLETE' | 'OBSOLETE';
}

export function isOpen({ executionStatus }: ChangeSet): boolean {
  return executionStatus === 'AVAILABLE' || executionStatus === 'UNAVAILABLE';
}
