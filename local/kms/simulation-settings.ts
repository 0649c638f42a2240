/** What tests and simulations turn; all times in milliseconds of the clock. */
export interface SimulationSettings {
  /** From the acceptance of a rotation until its material is in force. A function tells keys apart by their ARN. */
  rotationTime: number | ((arn: string) => number);
  /**
   * How long GetKeyRotationStatus tells that a rotation is in progress; all the rotation long where it is undefined. KMS has
   * been seen to fall silent long before the end, and a repeat in that silence is a second rotation.
   */
  startDateVisibleFor: number | undefined;
  /** How far DescribeKey, GetKeyRotationStatus and ListKeyRotations lag behind. */
  readLag: number | ((operation: string, arn: string) => number);
  /** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html */
  rotationLimit: number;
  /** How long a new replica is in the state Creating, and the keys whose primary Region changes in Updating. */
  replicationTime: number;
  /** The order in which ListKeyRotations tells its entries, for all pages together: no document promises one. */
  orderRotations: (entries: readonly object[]) => readonly object[];
  /** How far the clock that dates rotations and their starts is ahead of the local AWS's own. */
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
