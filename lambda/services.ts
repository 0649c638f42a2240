import type {
  GetKeyRotationStatusCommandOutput,
  KeyMetadata,
  ListKeyRotationsCommandOutput,
} from '@aws-sdk/client-kms';

/** Named in the user agent of every call to KMS, so that CloudTrail distinguishes our rotations from those by hand. */
export interface KmsCaller {
  /** The invocation of the handler. */
  readonly invocation: string;
  readonly tokenDigest: string;
  /** The number of the claim under which KMS is asked to rotate. */
  readonly claim?: number;
}

/** The calls of KMS that a rotation needs, each sent once: the caller decides about retries. */
export interface Kms {
  describeKey(keyArn: string): Promise<KeyMetadata>;
  getKeyRotationStatus(keyArn: string): Promise<GetKeyRotationStatusCommandOutput>;
  /** One page; `allKeyMaterial` adds the first and the pending material of a key. */
  listKeyRotations(
    keyArn: string,
    marker: string | undefined,
    allKeyMaterial: boolean,
  ): Promise<ListKeyRotationsCommandOutput>;
  /** @returns the request ID, under which CloudTrail records the call. */
  rotateKeyOnDemand(keyArn: string): Promise<string | undefined>;
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
  /** 1 for a new parameter; each overwrite adds one. */
  readonly version: number | undefined;
}

/** The calls of Parameter Store that the ledger needs, each sent once. */
export interface ParameterStore {
  /** One page of the parameters below `path`, at any depth. */
  getParametersByPath(
    path: string,
    nextToken: string | undefined,
  ): Promise<{ parameters: Parameter[]; nextToken?: string }>;
  /**
   * Creates a parameter, and never overwrites one.
   *
   * @returns the version that was written.
   */
  putParameter(name: string, value: string): Promise<number | undefined>;
}

/** All side effects of the handler, so that tests and the simulation can replace them. */
export interface Services {
  kms(region: string, caller: KmsCaller): Kms;
  parameterStore(region: string): ParameterStore;
  /** @returns the HTTP status of the delivery. */
  putAnswer(url: URL, body: string): Promise<number>;
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
  /** @returns a unique ID. */
  newInvocationId(): string;
  /** @param line further top-level members of the log line, such as metrics. */
  log(record: Readonly<Record<string, unknown>>, line?: Readonly<Record<string, unknown>>): void;
}
