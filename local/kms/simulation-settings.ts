/** Knobs for tests and simulations; all times in milliseconds of the clock. */
export interface SimulationSettings {
  /** From the acceptance of a rotation until its material is current; a function sets it by key ARN. */
  rotationTime: number | ((arn: string) => number);
  /**
   * How long GetKeyRotationStatus shows a rotation as in progress; undefined means until it completes. KMS was seen to stop showing it
   * long before, and a repeat after that is a second rotation.
   */
  startDateVisibleFor: number | undefined;
  /** How far DescribeKey, GetKeyRotationStatus and ListKeyRotations lag behind. */
  readLag: number | ((operation: string, arn: string) => number);
  /** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html */
  rotationLimit: number;
  /** How long a new replica is Creating, and how long keys are Updating while their primary Region changes. */
  replicationTime: number;
  /** Orders the entries of ListKeyRotations across all pages, since AWS documents no order. */
  orderRotations: (entries: readonly object[]) => readonly object[];
  /** How far the clock that dates rotations and their starts is ahead of the local AWS's. */
  clockSkew: number;
}

export function defaultSettings(rotationTime: number): SimulationSettings {
  return {
    rotationTime,
    startDateVisibleFor: undefined,
    readLag: 0,
    rotationLimit: 25,
    replicationTime: 1000,
    orderRotations: (entries) => entries,
    clockSkew: 0,
  };
}
