import type { Failure } from '../../lambda/failures';
import { expectSuccess, reasonOf } from './responses';
import { Stage } from './stage';

/** What becomes of a rotation that is deployed for the first time. */
export class Outcomes {
  private constructor(public readonly stage: Stage) {}

  public static async open(): Promise<Outcomes> {
    return new Outcomes(await Stage.open());
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
    expectSuccess(answer, { KeyArn: arn, KeyMaterialId: after, RemainingRotations: remaining, Outcome: 'ROTATED' });
    expect(after).not.toBe(before);
    expect(this.stage.rotations(arn)).toBe(1);
    expect(this.stage.ledger(arn).filter(({ state }) => state === 'rotated')).toHaveLength(1);
  }

  /** It fails with this, KMS is not called to rotate, and the ledger tells why, unless such a key can never rotate. */
  public async expectRefusal(
    arn: string,
    failure: Failure,
    { properties, isRecorded = true }: { properties?: Record<string, string>; isRecorded?: boolean } = {},
  ): Promise<void> {
    const before = this.stage.ledger(arn).length;
    const { Status, Reason } = await this.deploy(arn, properties);
    expect(`${Status}: ${Reason ?? ''}`).toBe(`FAILED: ${reasonOf(failure)}`);
    expect(this.stage.sent(arn)).toBe(0);
    expect(this.stage.ledger(arn).slice(before)).toMatchObject(
      isRecorded ? [{ state: 'refused', code: failure.code }] : [],
    );
  }
}
