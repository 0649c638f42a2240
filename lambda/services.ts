import type {
  GetKeyRotationStatusCommandOutput,
  KeyMetadata,
  ListKeyRotationsCommandOutput,
} from '@aws-sdk/client-kms';

/** The calls of KMS that a rotation needs, each sent once: whether to send it again is not for the client to decide. */
export interface Kms {
  describeKey(keyArn: string): Promise<KeyMetadata>;
  getKeyRotationStatus(keyArn: string): Promise<GetKeyRotationStatusCommandOutput>;
  /** One page; `allKeyMaterial` adds the first and the pending material of a key. */
  listKeyRotations(
    keyArn: string,
    marker: string | undefined,
    allKeyMaterial: boolean,
  ): Promise<ListKeyRotationsCommandOutput>;
  rotateKeyOnDemand(keyArn: string): Promise<void>;
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** The calls of Parameter Store that the ledger needs, each sent once. */
export interface ParameterStore {
  /** One page of the parameters that lie directly under `path`. */
  getParametersByPath(
    path: string,
    nextToken: string | undefined,
  ): Promise<{ parameters: Parameter[]; nextToken?: string }>;
  /** Creates a parameter, and never overwrites one. @returns the version that was written. */
  putParameter(name: string, value: string): Promise<number | undefined>;
}

/** All that the handler does to the world outside, so that a test or a simulation can stand in its place. */
export interface Services {
  kms(region: string): Kms;
  parameterStore(region: string): ParameterStore;
  /** Gives the HTTP status of the answer's delivery. */
  putAnswer(url: URL, body: string): Promise<number>;
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** At least 0, less than 1. */
  random(): number;
  /** A name that no other invocation bears. */
  newInvocationId(): string;
  log(record: Readonly<Record<string, unknown>>): void;
}
