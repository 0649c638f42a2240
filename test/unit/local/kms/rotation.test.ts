/** Rotations beyond what the recordings cover, and the settings for tests. */
import type { KMS, ListKeyRotationsCommandInput, RotationsListEntry } from '@aws-sdk/client-kms';
import type { Key } from '../../../../local/kms/key';
import { defaultSettings } from '../../../../local/kms/simulation-settings';
import { DAY, MINUTE, refusal, REGION, ServicesOnTheWire } from '../services-on-the-wire';

const ROTATION_TIME = 2 * MINUTE;

let wire: ServicesOnTheWire;
let kms: KMS;
let key: Key;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  kms = wire.kms();
});

afterAll(() => wire.stop());

beforeEach(() => {
  Object.assign(wire.kmsService.settings, defaultSettings(ROTATION_TIME));
  key = wire.kmsService.createKey(REGION);
});

const rotate = (): Promise<unknown> => kms.rotateKeyOnDemand({ KeyId: key.keyId });

const startDate = async (): Promise<Date | undefined> =>
  (await kms.getKeyRotationStatus({ KeyId: key.keyId })).OnDemandRotationStartDate;

const currentMaterial = async (): Promise<string | undefined> =>
  (await kms.describeKey({ KeyId: key.keyId })).KeyMetadata?.CurrentKeyMaterialId;

const rotations = async (input: Partial<ListKeyRotationsCommandInput> = {}): Promise<RotationsListEntry[]> =>
  (await kms.listKeyRotations({ KeyId: key.keyId, ...input })).Rotations ?? [];

describe('a rotation', () => {
  test('shows as in progress until its last millisecond, then the material changes', async () => {
    const before = await currentMaterial();
    const accepted = wire.clock.now();
    await rotate();
    wire.clock.pass(ROTATION_TIME - 1);
    expect(await startDate()).toEqual(new Date(accepted));
    expect(await currentMaterial()).toBe(before);
    expect(await rotations()).toEqual([]);

    wire.clock.pass(1);
    expect(await startDate()).toBeUndefined();
    expect(await currentMaterial()).toBe(key.currentMaterialId);
    expect(key.currentMaterialId).not.toBe(before);
  });

  test('that no longer shows before its end does not swallow a repeat: a second rotation follows', async () => {
    wire.kmsService.settings.startDateVisibleFor = 6000;
    await rotate();
    wire.clock.pass(6000);
    expect(await startDate()).toBeUndefined();
    await rotate();
    wire.clock.pass(ROTATION_TIME);
    expect(await rotations()).toHaveLength(2);
    expect(key.acceptedRotations).toHaveLength(2);
  });

  test('can take an hour for one key, and no time for others', async () => {
    const { arn } = key;
    wire.kmsService.settings.rotationTime = (each): number => (each === arn ? 60 * MINUTE : 0);
    await rotate();
    wire.clock.pass(60 * MINUTE - 1);
    expect(await startDate()).toBeDefined();
    expect(await rotations()).toHaveLength(0);
    wire.clock.pass(1);
    expect(await rotations()).toHaveLength(1);

    key = wire.kmsService.createKey(REGION);
    await rotate();
    expect(await rotations()).toHaveLength(1);
  });

  test('has dates from a clock that may be ahead', async () => {
    wire.kmsService.settings.clockSkew = 5 * MINUTE;
    const accepted = wire.clock.now();
    await rotate();
    expect(await startDate()).toEqual(new Date(accepted + 5 * MINUTE));
    wire.clock.pass(ROTATION_TIME);
    expect(await rotations()).toMatchObject([{ RotationDate: new Date(accepted + ROTATION_TIME + 5 * MINUTE) }]);
  });
});

describe('the limit', () => {
  test('counts a rotation in progress, but not automatic ones', async () => {
    key.addPastRotations('AUTOMATIC', 30);
    key.addPastRotations('ON_DEMAND', 24);
    await rotate();
    wire.clock.pass(1);
    await rotate();
    wire.clock.pass(ROTATION_TIME);
    expect(await refusal(rotate())).toMatchObject({ name: 'LimitExceededException' });
    expect(key.rotations.filter(({ type }) => type === 'ON_DEMAND')).toHaveLength(25);
  });

  test('can be set', async () => {
    wire.kmsService.settings.rotationLimit = 1;
    await rotate();
    wire.clock.pass(ROTATION_TIME);
    expect(await refusal(rotate())).toMatchObject({ name: 'LimitExceededException' });
  });
});

describe('automatic rotation', () => {
  test('happens whenever it is due', async () => {
    key.update({ enableKeyRotation: true, rotationPeriodInDays: 90 });
    wire.clock.pass(200 * DAY);
    expect(await rotations()).toMatchObject([{ RotationType: 'AUTOMATIC' }, { RotationType: 'AUTOMATIC' }]);
    expect(key.acceptedRotations).toHaveLength(0);
  });

  test.each([
    { automatic: 'more than 20 minutes ahead', onDemand: 'accepted', ahead: 20 * MINUTE + 1, refused: false },
    { automatic: '20 minutes ahead', onDemand: 'refused', ahead: 20 * MINUTE, refused: true },
    { automatic: 'in progress', onDemand: 'refused', ahead: 0, refused: true },
  ])('$automatic: an on-demand rotation is $onDemand', async ({ ahead, refused }) => {
    key.setNextRotationDate(wire.clock.now() + ahead);
    if (refused) {
      expect(await refusal(rotate())).toMatchObject({ name: 'ConflictException' });
    } else {
      await rotate();
    }
    expect(key.acceptedRotations).toHaveLength(refused ? 0 : 1);
  });

  test('keeps its schedule despite an on-demand rotation', async () => {
    key.update({ enableKeyRotation: true });
    const next = async (): Promise<Date | undefined> =>
      (await kms.getKeyRotationStatus({ KeyId: key.keyId })).NextRotationDate;
    const before = await next();
    await rotate();
    wire.clock.pass(DAY);
    expect(await next()).toEqual(before);
  });

  test('of a disabled key happens once the key is enabled again', async () => {
    key.update({ enableKeyRotation: true, rotationPeriodInDays: 90 });
    key.update({ enabled: false });
    wire.clock.pass(100 * DAY);
    expect(await rotations()).toHaveLength(0);
    key.update({ enabled: true });
    wire.clock.pass(ROTATION_TIME);
    expect(await rotations()).toHaveLength(1);
  });

  test('can be started now', async () => {
    key.rotateAutomatically();
    expect(await refusal(rotate())).toMatchObject({ name: 'ConflictException' });
    wire.clock.pass(ROTATION_TIME);
    expect(await rotations()).toMatchObject([{ RotationType: 'AUTOMATIC' }]);
  });
});

describe('ListKeyRotations', () => {
  async function pages(): Promise<RotationsListEntry[][]> {
    const found: RotationsListEntry[][] = [];
    let Marker: string | undefined;
    do {
      const answer = await kms.listKeyRotations({ KeyId: key.keyId, Marker });
      expect(answer.Truncated).toBe(answer.NextMarker !== undefined);
      found.push(answer.Rotations ?? []);
      Marker = answer.NextMarker;
    } while (Marker !== undefined);
    return found;
  }

  const dates = (entries: readonly RotationsListEntry[]): number[] =>
    entries.map(({ RotationDate }) => RotationDate?.getTime() ?? 0);

  test('has pages of 100, oldest first', async () => {
    key.addPastRotations('AUTOMATIC', 230);
    const found = await pages();
    expect(found.map(({ length }) => length)).toEqual([100, 100, 30]);
    const all = dates(found.flat());
    expect(all).toEqual([...new Set(all)].sort((a, b) => a - b));
  });

  test('can list its entries in any order', async () => {
    key.addPastRotations('ON_DEMAND', 120);
    const ordered = dates((await pages()).flat());
    wire.kmsService.settings.orderRotations = (entries) => entries.toReversed();
    expect(dates((await pages()).flat())).toEqual(ordered.toReversed());
  });

  test.each([
    [0, 'Member must have value greater than or equal to 1'],
    [1001, 'Member must have value less than or equal to 1000'],
  ])('refuses a limit of %d', async (Limit, constraint) => {
    expect(await refusal(rotations({ Limit }))).toEqual({
      name: 'ValidationException',
      message: `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: ${constraint}`,
    });
  });
});

describe('reads that lag', () => {
  test('lag separately per operation, while RotateKeyOnDemand sees the present', async () => {
    wire.clock.pass(DAY);
    const before = await currentMaterial();
    wire.kmsService.settings.readLag = (operation): number => (operation === 'DescribeKey' ? 600_000 : 5000);
    await rotate();
    wire.clock.pass(4999);
    expect(await startDate()).toBeUndefined();
    await rotate();
    wire.clock.pass(1);
    expect(await startDate()).toBeDefined();

    wire.clock.pass(ROTATION_TIME);
    expect(await rotations()).toHaveLength(1);
    wire.clock.pass(600_000 - 5001);
    expect(await currentMaterial()).toBe(before);
    wire.clock.pass(1);
    expect(await currentMaterial()).toBe(key.currentMaterialId);
    expect(key.acceptedRotations).toHaveLength(1);
  });

  test('do not find a key younger than their lag', async () => {
    wire.kmsService.settings.readLag = 1000;
    expect(await refusal(currentMaterial())).toEqual({
      name: 'NotFoundException',
      message: `Key '${key.arn}' does not exist`,
    });
  });
});
