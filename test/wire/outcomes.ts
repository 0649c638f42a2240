import { REGION, Stage } from './stage';

/** What becomes of a rotation that is deployed for the first time. */
export class Outcomes {
  private constructor(public readonly stage: Stage) {}

  /** KMS takes 20 s for a rotation, and 100 s go by in one. */
  public static async open(): Promise<Outcomes> {
    return new Outcomes(await Stage.open({ rotationTime: 20, timeScale: 'virtual' }));
  }

  public deploy(arn: string, properties: Record<string, string> = {}): ReturnType<Stage['send']> {
    return this.stage.send(this.stage.create(arn, 'A', { ResourceProperties: properties }));
  }

  /** It rotates exactly once, and the new material is current. */
  public async expectRotation(arn: string, remaining: number, properties?: Record<string, string>): Promise<void> {
    const key = this.stage.key(arn);
    const before = key.currentMaterialId;
    const answer = await this.deploy(arn, properties);
    const after = key.currentMaterialId;
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      Data: { KeyArn: arn, KeyMaterialId: after, RemainingRotations: remaining },
    });
    expect(after).not.toBe(before);
    expect(this.stage.rotations(arn)).toBe(1);
    expect(this.stage.ledger(arn)).toMatchObject([{ state: 'rotated' }]);
  }

  /** It fails with exactly this sentence, KMS is not called to rotate, and the ledger does not know of it. */
  public async expectRefusal(arn: string, sentence: string, properties?: Record<string, string>): Promise<void> {
    expect(await this.deploy(arn, properties)).toMatchObject({ Status: 'FAILED', Reason: sentence });
    expect(this.stage.sent(arn)).toBe(0);
    expect(this.stage.ledger(arn)).toEqual([]);
  }
}

export const again = 'then deploy again with the same rotation token.';

export function cannot(arn: string, whyAndWayOut: string): string {
  return `Key ${arn} cannot be rotated on demand: ${whyAndWayOut} Nothing has been rotated.`;
}

const files =
  '--import-token fileb://token --encrypted-key-material fileb://material --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE';

export function importing(arn: string, terms = ''): string {
  return `aws kms import-key-material --region ${REGION} --key-id ${arn} ${terms}${files}, after aws kms get-parameters-for-import`;
}
