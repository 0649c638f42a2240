/**
 * A CDK app as data: its declarations, in order. Plans are drawn at random and shrunk, so each is an app that somebody could write.
 */

/** The n-th of the candidates that exist when the declaration is made, modulo their number. */
export type Pick = number;

export interface AppPlan {
  readonly flags: Flags;
  readonly injectors: readonly Injector[];
  /** `known` names account and Region, as pipelines do; `agnostic` leaves both to the deployment. */
  readonly environment: 'known' | 'agnostic';
  /** Whether the app uses a copy of aws-cdk-lib other than the library's. */
  readonly otherCdk: boolean;
  /** Whether app and library are bundled into one file. */
  readonly bundled: boolean;
  /** Whether the app synthesizes twice, as tests of apps do. */
  readonly synthTwice: boolean;
  readonly children: readonly Declaration[];
}

/** Feature flags that change what is rendered or in which order. */
export interface Flags {
  readonly aspectStabilization: boolean;
  readonly minimizePolicies: boolean;
  readonly managedLogGroup: boolean;
  readonly stackSafePolicyName: boolean;
}

/** What the organization's property injectors do: put each function into a VPC, or trace it; give roles a path; keep logs for a month. */
export type Injector = 'function in VPC' | 'traced function' | 'role path' | 'log retention';

export type Declaration =
  | StackPlan
  | StagePlan
  | GroupPlan
  | PipelinePlan
  | KeyPlan
  | AspectPlan
  | RotationPlan
  | FleetPlan
  | ProviderPlan
  | ReaderPlan;

/** How an environment differs from the one around it. */
export type Elsewhere = 'here' | 'other Region' | 'other account';

export interface StackPlan {
  readonly kind: 'stack';
  readonly as: 'stack' | 'nested' | 'without assets' | 'product' | 'product with assets';
  /** Whether a nested stack is under a condition. */
  readonly conditional: boolean;
  readonly environment: Elsewhere;
  readonly children: readonly Declaration[];
}

export interface StagePlan {
  readonly kind: 'stage';
  readonly environment: Elsewhere;
  readonly children: readonly Declaration[];
}

/** A plain construct. */
export interface GroupPlan {
  readonly kind: 'group';
  readonly children: readonly Declaration[];
}

/** A pipeline of CDK Pipelines with stages whose scope is the pipeline's stack. */
export interface PipelinePlan {
  readonly kind: 'pipeline';
  readonly crossAccountKeys: boolean;
  readonly stages: readonly StagePlan[];
}

export type KeyForm =
  | 'L2'
  | 'L1'
  | 'raw'
  | 'included'
  | 'of a bucket'
  | 'subclass with aliasName'
  | 'replica'
  | 'raw replica'
  | 'imported by ARN'
  | 'imported by alias'
  | 'looked up';

/** How a key differs from a plain symmetric one, and how the app sets that. */
export interface Trait {
  readonly is:
    | 'replica'
    | 'HMAC'
    | 'RSA'
    | 'disabled'
    | 'external'
    | 'custom key store'
    | 'conditional'
    | 'spec by parameter'
    | 'plain again';
  readonly by: 'props' | 'override';
  /** Where the key is declared, after everything is declared, or by an Aspect before or after all others. */
  readonly when: 'at once' | 'at the end' | 'early Aspect' | 'late Aspect';
}

export interface KeyPlan {
  readonly kind: 'key';
  readonly as: KeyForm;
  readonly traits: readonly Trait[];
  /** How many such keys to declare. */
  readonly count: number;
}

/** An Aspect that adds a key to the first construct it visits or to the parent of that, or one of the usual kinds. */
export interface AspectPlan {
  readonly kind: 'aspect';
  readonly priority: 'before' | 'default' | 'after';
  readonly does: 'key below' | 'key above' | 'tags' | 'boundary' | 'VPC';
  readonly key: 'L2' | 'L1';
}

export type TokenPlan =
  'a' | 'b' | 'parameter' | 'white space' | 'missing' | 'SSM reference' | 'secret reference' | 'not ASCII';

/** How a key is passed to a rotation or a fleet. */
export type KeyName = 'itself' | 'by its ARN' | 'by an alias' | 'fromCfnKey' | 'L1' | 'undefined' | 'text';

export interface RotationPlan {
  readonly kind: 'rotation';
  readonly key: Pick;
  readonly name: KeyName;
  readonly token: TokenPlan;
  readonly rotateOnCreate?: boolean;
  readonly provider?: Pick;
  /** The rule of `onKeyRotated`, alone or with a function that waits for the rotation as its target. */
  readonly event: 'none' | 'rule' | 'function that waits';
  /** Whether the app itself puts the key's condition on the rotation. */
  readonly carries: boolean;
  readonly otherCopy: boolean;
}

export type ArnPlan =
  | { readonly is: 'literal'; readonly number: number }
  | { readonly is: 'imported key'; readonly key: Pick }
  | { readonly is: 'alias' | 'malformed' | 'token' | 'named token' };

export interface FleetPlan {
  readonly kind: 'fleet';
  readonly token: TokenPlan;
  readonly rotateOnCreate?: boolean;
  readonly provider?: Pick;
  readonly exclude: readonly { readonly what: 'key' | 'scope'; readonly pick: Pick; readonly name: KeyName }[];
  readonly keyArns: readonly ArnPlan[];
  /** How many further ARNs to list. */
  readonly manyArns: number;
  /** Whether it rotates the listed ARNs only. */
  readonly onlyArns: boolean;
  /** Whether the providers that it creates are traced. */
  readonly traced: boolean;
  /** Whether it has event rules for its keys. */
  readonly event: boolean;
  readonly otherCopy: boolean;
}

export interface ProviderPlan {
  readonly kind: 'provider';
  readonly role: 'own' | 'declared' | 'declared elsewhere' | 'by ARN' | 'by name' | 'immutable' | 'no updates';
  readonly pick: Pick;
  readonly vpc: boolean;
  readonly traced: boolean;
  readonly queue: boolean;
}

/** A resource that uses an attribute of a rotation. */
export interface ReaderPlan {
  readonly kind: 'reader';
  readonly attribute: 'keyArn' | 'rotationDate' | 'keyMaterialId' | 'remainingRotations';
  readonly rotation: Pick;
}
