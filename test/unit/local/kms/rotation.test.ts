import {
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
  type RotationsListEntry,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { Key } from '../../../../local/kms/key';
import { DAY, ServicesOnTheWire, MINUTE, refusal, REGION } from '../services-on-the-wire';

const ROTATION_TIME = 2 * MINUTE;

let wire: ServicesOnTheWire;
let kms: KMSClient;
let key: Key;

beforeEach(async () => {
  wire = await ServicesOnTheWire.start();
  kms = wire.kms();
  key = wire.kmsService.createKey(REGION);
});

afterEach(() => wire.stop());

const rotate = (KeyId = key.keyId): Promise<{ KeyId?: string }> => kms.send(new RotateKeyOnDemandCommand({ KeyId }));

const startDate = async (): Promise<Date | undefined> =>
  (await kms.send(new GetKeyRotationStatusCommand({ KeyId: key.keyId }))).OnDemandRotationStartDate;

const materialInForce = async (): Promise<string | undefined> =>
  (await kms.send(new DescribeKeyCommand({ KeyId: key.keyId }))).KeyMetadata?.CurrentKeyMaterialId;

const rotations = async (input: object = {}): Promise<RotationsListEntry[]> =>
  (await kms.send(new ListKeyRotationsCommand({ KeyId: key.keyId, ...input }))).Rotations ?? [];

describe('a rotation', () => {
  test('answers with the key ARN, is told while it is in progress, and changes the material when it ends', async () => {
    const before = await materialInForce();
    const accepted = wire.clock.now();
    expect(await rotate()).toMatchObject({ KeyId: key.arn });

    wire.clock.pass(ROTATION_TIME - 1);
    expect(await startDate()).toEqual(new Date(accepted));
    expect(await materialInForce()).toBe(before);
    expect(await rotations()).toEqual([]);

    wire.clock.pass(1);
    expect(await startDate()).toBeUndefined();
    const after = await materialInForce();
    expect(after).toMatch(/^[0-9a-f]{64}$/);
    expect(after).not.toBe(before);
    expect(await rotations()).toEqual([
      {
        KeyId: key.arn,
        KeyMaterialId: after,
        KeyMaterialState: 'CURRENT',
        RotationDate: new Date(accepted + ROTATION_TIME),
        RotationType: 'ON_DEMAND',
      },
    ]);
  });

  test('swallows a repeat while it is in progress', async () => {
    await rotate();
    wire.clock.pass(ROTATION_TIME - 1);
    await rotate();
    wire.clock.pass(DAY);

    expect(await rotations()).toHaveLength(1);
    expect(key.acceptedRotations).toHaveLength(1);
  });

  test('that has fallen silent before its end does not swallow: a second one follows', async () => {
    wire.kmsService.settings.startDateVisibleFor = 6000;
    await rotate();
    wire.clock.pass(6000);
    expect(await startDate()).toBeUndefined();
    await rotate();
    wire.clock.pass(ROTATION_TIME);

    expect(await rotations()).toHaveLength(2);
    expect(key.acceptedRotations).toHaveLength(2);
  });

  test.each([
    ['disabled', (): Promise<unknown> => kms.send(new DisableKeyCommand({ KeyId: key.keyId })), 'Disabled'],
    [
      'scheduled for deletion',
      (): Promise<unknown> => kms.send(new ScheduleKeyDeletionCommand({ KeyId: key.keyId })),
      'PendingDeletion',
    ],
  ])('completes for a key that is %s meanwhile', async (_, change, state) => {
    await rotate();
    await change();
    wire.clock.pass(ROTATION_TIME);

    expect(key.state).toBe(state);
    expect(await rotations()).toHaveLength(1);
  });

  test('can take its own time for a key', async () => {
    wire.kmsService.settings.rotationTime = (arn): number => (arn === key.arn ? 8 * MINUTE : 1);
    await rotate();
    wire.clock.pass(8 * MINUTE - 1);
    expect(await rotations()).toHaveLength(0);
    wire.clock.pass(1);
    expect(await rotations()).toHaveLength(1);
  });
});

describe('the limit', () => {
  const limitReached = {
    name: 'LimitExceededException',
    message: '',
  };

  beforeEach(() => {
    limitReached.message = `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${key.arn}`;
  });

  test('is 25 on-demand rotations, automatic ones not counted, the one in progress counted', async () => {
    key.addPastRotations('AUTOMATIC', 30);
    key.addPastRotations('ON_DEMAND', 24);
    await rotate();
    wire.clock.pass(1);
    await rotate();
    wire.clock.pass(ROTATION_TIME);

    expect(await refusal(rotate())).toEqual(limitReached);
    expect(key.rotations.filter(({ type }) => type === 'ON_DEMAND')).toHaveLength(25);
  });

  test('is data', async () => {
    wire.kmsService.settings.rotationLimit = 1;
    await rotate();
    wire.clock.pass(ROTATION_TIME);
    expect(await refusal(rotate())).toEqual(limitReached);
  });
});

describe('automatic rotation', () => {
  const enable = (RotationPeriodInDays?: number): Promise<unknown> =>
    kms.send(new EnableKeyRotationCommand({ KeyId: key.keyId, RotationPeriodInDays }));

  test('is told with its period and next date, and comes when it is due', async () => {
    await enable(90);
    const next = new Date(wire.clock.now() + 90 * DAY);
    expect(await kms.send(new GetKeyRotationStatusCommand({ KeyId: key.keyId }))).toMatchObject({
      KeyId: key.arn,
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
      NextRotationDate: next,
    });

    wire.clock.pass(200 * DAY);
    expect(await rotations()).toMatchObject([{ RotationType: 'AUTOMATIC' }, { RotationType: 'AUTOMATIC' }]);
    expect(key.acceptedRotations).toHaveLength(0);
  });

  test.each([
    { automatic: 'more than 20 minutes ahead', onDemand: 'accepted', ahead: 20 * MINUTE + 1, refused: false },
    { automatic: '20 minutes ahead', onDemand: 'refused', ahead: 20 * MINUTE, refused: true },
    { automatic: 'in progress', onDemand: 'refused', ahead: 0, refused: true },
  ])('that is $automatic: one on demand is $onDemand', async ({ ahead, refused }) => {
    key.setNextRotationDate(wire.clock.now() + ahead);
    if (refused) {
      expect(await refusal(rotate())).toMatchObject({ name: 'ConflictException' });
    } else {
      await rotate();
    }
    expect(key.acceptedRotations).toHaveLength(refused ? 0 : 1);
  });

  test('keeps its schedule when one on demand comes between', async () => {
    await enable();
    const { NextRotationDate: before } = await kms.send(new GetKeyRotationStatusCommand({ KeyId: key.keyId }));
    await rotate();
    wire.clock.pass(DAY);
    expect(await kms.send(new GetKeyRotationStatusCommand({ KeyId: key.keyId }))).toMatchObject({
      NextRotationDate: before,
    });
  });

  test('waits for a disabled key, and is made up for', async () => {
    await enable(90);
    await kms.send(new DisableKeyCommand({ KeyId: key.keyId }));
    wire.clock.pass(100 * DAY);
    expect(await rotations()).toHaveLength(0);
    key.update({ enabled: true });
    wire.clock.pass(ROTATION_TIME);
    expect(await rotations()).toHaveLength(1);
  });

  test('can be made to happen, and be switched off', async () => {
    key.rotateAutomatically();
    expect(await refusal(rotate())).toMatchObject({ name: 'ConflictException' });
    wire.clock.pass(ROTATION_TIME);
    expect(await rotations()).toMatchObject([{ RotationType: 'AUTOMATIC' }]);

    await enable();
    await kms.send(new DisableKeyRotationCommand({ KeyId: key.keyId }));
    const status = await kms.send(new GetKeyRotationStatusCommand({ KeyId: key.keyId }));
    expect(status.KeyRotationEnabled).toBe(false);
    expect(status.NextRotationDate).toBeUndefined();
  });
});

describe('ListKeyRotations', () => {
  test('tells all rotations in pages, oldest first', async () => {
    key.addPastRotations('AUTOMATIC', 230);
    const lengths: number[] = [];
    const dates: number[] = [];
    let Marker: string | undefined;
    do {
      const answer = await kms.send(new ListKeyRotationsCommand({ KeyId: key.keyId, Marker }));
      expect(answer.Truncated).toBe(answer.NextMarker !== undefined);
      lengths.push(answer.Rotations?.length ?? 0);
      dates.push(...(answer.Rotations ?? []).map(({ RotationDate }) => RotationDate?.getTime() ?? 0));
      Marker = answer.NextMarker;
    } while (Marker !== undefined);

    expect(lengths).toEqual([100, 100, 30]);
    expect(dates).toEqual([...dates].sort((a, b) => a - b));
    expect(new Set(dates).size).toBe(230);
  });

  test.each([
    [
      { Limit: 0 },
      'ValidationException',
      "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1",
    ],
    [
      { Limit: 1001 },
      'ValidationException',
      "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000",
    ],
    [{ Marker: 'nonsense' }, 'InvalidMarkerException', ''],
  ])('refuses %j', async (input, name, message) => {
    expect(await refusal(rotations(input))).toEqual({ name, message });
  });

  test('adds the first material on request', async () => {
    const first = await materialInForce();
    await rotate();
    wire.clock.pass(ROTATION_TIME);

    const all = await rotations({ IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
    expect(all).toEqual([
      { KeyId: key.arn, KeyMaterialId: first, KeyMaterialState: 'NON_CURRENT' },
      expect.objectContaining({ KeyMaterialState: 'CURRENT', RotationType: 'ON_DEMAND' }),
    ]);
  });
});

test('reads can lag, each by itself, while RotateKeyOnDemand knows the present', async () => {
  wire.clock.pass(DAY);
  const before = await materialInForce();
  wire.kmsService.settings.readLag = (operation): number => (operation === 'DescribeKey' ? 30_000 : 5000);
  await rotate();
  wire.clock.pass(4999);
  expect(await startDate()).toBeUndefined();
  await rotate();
  wire.clock.pass(1);
  expect(await startDate()).toBeDefined();

  wire.clock.pass(ROTATION_TIME);
  expect(await rotations()).toHaveLength(1);
  expect(await materialInForce()).toBe(before);
  wire.clock.pass(30_000);
  expect(await materialInForce()).not.toBe(before);
  expect(key.acceptedRotations).toHaveLength(1);
});

test('a key that is younger than the lag does not exist yet for the reader', async () => {
  wire.kmsService.settings.readLag = 1000;
  expect(await refusal(materialInForce())).toEqual({
    name: 'NotFoundException',
    message: `Key '${key.arn}' does not exist`,
  });
});
