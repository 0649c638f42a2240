import { again, cannot, importing, Outcomes } from './outcomes';
import type { Stage } from './stage';

const OTHER_REGION = 'us-east-1';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let stage: Stage;
let outcomes: Outcomes;

beforeAll(async () => {
  outcomes = await Outcomes.open();
  ({ stage } = outcomes);
});
afterAll(() => stage.close());

const inMilliseconds = (milliseconds: number) => stage.aws.clock.now() + milliseconds;

describe('imported material', () => {
  const importNew = (arn: string, validTo?: number) =>
    stage.key(arn).importMaterial('second', { importType: 'NEW_KEY_MATERIAL', validTo });
  const existing = (arn: string, material: string) =>
    importing(arn, `--import-type EXISTING_KEY_MATERIAL --key-material-id ${material} `);

  let arn: string;
  beforeEach(() => {
    arn = stage.newKey({ origin: 'EXTERNAL' });
    stage.key(arn).importMaterial('first');
  });

  test('new and valid for good, it is rotated in', async () => {
    const pending = importNew(arn);
    await outcomes.expectRotation(arn, 24);
    expect(stage.key(arn).currentMaterialId).toBe(pending);
    expect(stage.key(arn).state).toBe('Enabled');
  });

  test('nothing pending is refused; with new material the same token rotates', async () => {
    const wayOut = `Import new material (${importing(arn, '--import-type NEW_KEY_MATERIAL ')}), ${again}`;
    await outcomes.expectRefusal(
      arn,
      cannot(arn, `its key material is imported, and no new material is waiting to be rotated in. ${wayOut}`),
    );
    importNew(arn);
    await outcomes.expectRotation(arn, 24);
  });

  test('pending in the primary only is refused; when the replica has it too, the same token rotates', async () => {
    const primary = stage.newKey({ origin: 'EXTERNAL', multiRegion: true });
    stage.key(primary).importMaterial('first');
    const replica = stage.key(primary).replicate(OTHER_REGION);
    await stage.aws.clock.sleep(2 * SECOND);
    replica.importMaterial('first');
    const pending = importNew(primary);
    const wayOut = `Import the same material into each that lacks it, by its ARN and Region (${existing(primary, pending)}), ${again}`;
    await outcomes.expectRefusal(
      primary,
      cannot(primary, `its new key material ${pending} is not imported into every replica (${replica.arn}). ${wayOut}`),
    );
    replica.importMaterial('second', { importType: 'EXISTING_KEY_MATERIAL' });
    await outcomes.expectRotation(primary, 24);
  });

  test('pending and expired is refused, and never rotated in', async () => {
    const pending = importNew(arn, inMilliseconds(SECOND));
    await stage.aws.clock.sleep(2 * SECOND);
    const before = stage.key(arn).currentMaterialId;
    const wayOut = `Import the same material again (${existing(arn, pending)}), ${again}`;
    await outcomes.expectRefusal(
      arn,
      cannot(arn, `its new key material ${pending} is not imported: it has expired or has been deleted. ${wayOut}`),
    );
    expect(stage.key(arn)).toMatchObject({ currentMaterialId: before, state: 'Enabled' });
  });

  test('pending and expiring before the rotation is sure to be over is refused; with a later end the same token rotates', async () => {
    const validTo = inMilliseconds(17 * MINUTE);
    const pending = importNew(arn, validTo);
    const moment = new Date(Math.floor(validTo)).toISOString();
    const wayOut = `Import the same material again with a later end or none (${existing(arn, pending)}), ${again}`;
    await outcomes.expectRefusal(
      arn,
      cannot(
        arn,
        `its new key material ${pending} is valid until ${moment} only, when the rotation may not be over yet, and an expired one would put the key out of service. ${wayOut}`,
      ),
    );
    stage
      .key(arn)
      .importMaterial('second', { importType: 'EXISTING_KEY_MATERIAL', validTo: inMilliseconds(25 * MINUTE) });
    await outcomes.expectRotation(arn, 24);
    expect(stage.key(arn)).toMatchObject({ currentMaterialId: pending, state: 'Enabled' });
  });

  test('exchanged for one that expires, after the claim and before the call, it is not rotated in', async () => {
    const pending = importNew(arn);
    stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', () => {
      stage.key(arn).deleteMaterial(pending);
      importNew(arn, inMilliseconds(MINUTE));
    });
    const answer = await outcomes.deploy(arn);
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('would put the key out of service') as string,
    });
    expect(stage.sent(arn)).toBe(0);
    expect(stage.ledger(arn)).toMatchObject([{ state: 'claimed' }, { state: 'refused', ends: 1 }]);
  });
});
