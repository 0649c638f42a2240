import type { Failure } from '../../lambda/failures';
import { expectSuccess, reasonOf } from './responses';
import { Stage } from './stage';

/** Outcomes of the first deployment of a rotation. */
export class Outcomes {
  private constructor(public readonly stage: Stage) {}

  public static async open(): Promise<Outcomes> {
    return new Outcomes(await Stage.open());
  }

  public deploy(arn: string, properties: Record<string, string> = {}): ReturnType<Stage['send']> {
    return this.stage.send(this.stage.create(arn, 'A', { ResourceProperties: properties }));
  }

  /** Expects exactly one rotation, whose material is current. */
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

  /** Expects the failure without a call of RotateKeyOnDemand, and its record unless the key can never rotate. */
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
