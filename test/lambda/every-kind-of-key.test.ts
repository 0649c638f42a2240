import { KMSClient, UpdatePrimaryRegionCommand } from '@aws-sdk/client-kms';
import type { NewKey } from '../../local/kms/kms-service';
import { ACCOUNT } from '../events';
import { REGION, Stage } from './stage';

const OTHER_REGION = 'us-east-1';
const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** KMS takes 20 s for a rotation, and 100 s go by in one. */
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open({ rotationTime: 20, timeScale: 100 });
});
afterAll(() => stage.close());

const keyOf = (arn: string) => stage.aws.kms.key(arn.split(':')[3] ?? '', arn);
const inMilliseconds = (milliseconds: number) => stage.aws.clock.now() + milliseconds;

/** Deploys the rotation for the first time. */
const deploy = (arn: string, properties: Record<string, string> = {}) => stage.send(stage.create(arn, 'A', { ResourceProperties: properties }));

async function expectRotation(arn: string, remaining: number, properties?: Record<string, string>): Promise<void> {
  const before = keyOf(arn).currentMaterialId;
  const answer = await deploy(arn, properties);
  const after = keyOf(arn).currentMaterialId;
  expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { KeyArn: arn, KeyMaterialId: after, RemainingRotations: remaining } });
  expect(after).not.toBe(before);
  expect(stage.rotations(arn)).toBe(1);
  expect(stage.ledger(arn)).toMatchObject([{ state: 'rotated' }]);
}

async function expectRefusal(arn: string, sentence: string, properties?: Record<string, string>): Promise<void> {
  expect(await deploy(arn, properties)).toMatchObject({ Status: 'FAILED', Reason: sentence });
  expect(stage.sent(arn)).toBe(0);
  expect(stage.ledger(arn)).toEqual([]);
}

const cannot = (arn: string, whyAndWayOut: string) => `Key ${arn} cannot be rotated on demand: ${whyAndWayOut} Nothing has been rotated.`;
const byHand = 'Make a new key and point its users to that (an alias can move: aws kms update-alias), or remove this rotation.';
const again = 'then deploy again with the same rotation token.';

describe('what a key is made for', () => {
  test.each<[string, NewKey]>([
    ['RSA_2048', { keyUsage: 'SIGN_VERIFY' }],
    ['RSA_4096', { keyUsage: 'ENCRYPT_DECRYPT' }],
    ['ECC_NIST_P256', { keyUsage: 'KEY_AGREEMENT' }],
    ['HMAC_256', {}],
    ['HMAC_512', { origin: 'EXTERNAL' }],
    ['RSA_3072', { keyUsage: 'SIGN_VERIFY', origin: 'EXTERNAL' }],
    ['SM2', { keyUsage: 'SIGN_VERIFY', enabled: false }],
  ])('%s %j is refused', async (keySpec, options) => {
    const arn = stage.newKey({ keySpec, ...options });
    await expectRefusal(arn, cannot(arn, `its key spec is ${keySpec}, and KMS rotates SYMMETRIC_DEFAULT only. ${byHand}`));
  });

  test('an AWS managed key is refused', async () => {
    const { arn } = stage.aws.kms.createManagedKey(REGION, 'ebs');
    await expectRefusal(arn, cannot(arn, 'it is an AWS managed key, which AWS alone rotates. Use a customer managed key.'));
  });

  test.each(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])('a key in a custom key store (%s) is refused, whether the store is connected or not', async (origin) => {
    const arn = stage.newKey({ origin });
    const sentence = cannot(arn, `it is in a custom key store (origin ${origin}), and KMS rotates no key there. ${byHand}`);
    await expectRefusal(arn, sentence);
    stage.aws.kms.keyStores.setConnected(REGION, keyOf(arn).family.customKeyStoreId ?? '', false);
    expect(keyOf(arn).state).toBe('Unavailable');
    await expectRefusal(arn, sentence);
  });
});

describe('the state', () => {
  const command = (name: string, arn: string) => `aws kms ${name} --region ${REGION} --key-id ${arn}`;

  test('a disabled key is refused, and rotates with the same token when it is enabled', async () => {
    const arn = stage.newKey({ enabled: false });
    await expectRefusal(arn, cannot(arn, `it is disabled. Enable it (${command('enable-key', arn)}), ${again}`));
    keyOf(arn).update({ enabled: true });
    await expectRotation(arn, 24);
  });

  test('a key that waits for its deletion is refused, with the day', async () => {
    const arn = stage.newKey();
    keyOf(arn).scheduleDeletion(7);
    const day = new Date(keyOf(arn).member.deletion?.date ?? 0);
    // KMS tells moments to the millisecond.
    const moment = new Date(Math.floor(day.getTime())).toISOString();
    const wayOut = `Cancel the deletion and enable it (${command('cancel-key-deletion', arn)}, the same with enable-key), ${again} Or remove this rotation.`;
    await expectRefusal(arn, cannot(arn, `it is scheduled for deletion on ${moment}. ${wayOut}`));
    keyOf(arn).cancelDeletion();
    keyOf(arn).update({ enabled: true });
    await expectRotation(arn, 24);
  });

  test('a primary key whose deletion waits for its replicas is refused', async () => {
    const arn = stage.newKey({ multiRegion: true });
    keyOf(arn).replicate(OTHER_REGION);
    keyOf(arn).scheduleDeletion();
    expect(keyOf(arn).state).toBe('PendingReplicaDeletion');
    const wayOut = `Cancel the deletion and enable it (${command('cancel-key-deletion', arn)}, the same with enable-key), ${again} Or remove this rotation.`;
    await expectRefusal(arn, cannot(arn, `it is scheduled for deletion. ${wayOut}`));
  });

  test('a key whose material has never been imported is refused, and one whose material has been deleted', async () => {
    const arn = stage.newKey({ origin: 'EXTERNAL' });
    const sentence = cannot(
      arn,
      'key material that it needs has not been imported, has expired or has been deleted.' +
        ` See which (${command('list-key-rotations', arn)} --include-key-material ALL_KEY_MATERIAL),` +
        ` import it (${importing(arn)}), ${again}`,
    );
    await expectRefusal(arn, sentence);
    keyOf(arn).importMaterial('first');
    keyOf(arn).deleteMaterial();
    await expectRefusal(arn, sentence);
  });

  test('a key that becomes the primary is refused until it is', async () => {
    const { knobs } = stage.aws.kms;
    const { replicationTime } = knobs;
    const replica = keyOf(stage.newKey({ multiRegion: true })).replicate(OTHER_REGION);
    await stage.aws.clock.sleep(2 * replicationTime);
    knobs.replicationTime = 60 * MINUTE;
    await new KMSClient({ region: REGION }).send(new UpdatePrimaryRegionCommand({ KeyId: replica.keyId, PrimaryRegion: OTHER_REGION }));
    knobs.replicationTime = replicationTime;
    const { arn } = replica;
    expect(keyOf(arn).state).toBe('Updating');
    const wayOut = `Wait until it is Enabled (aws kms describe-key --region ${OTHER_REGION} --key-id ${arn}), ${again}`;
    await expectRefusal(arn, cannot(arn, `its state is Updating. ${wayOut}`));
  });
});

describe('a multi-Region key', () => {
  test('a replica is refused with its primary, while it is made too', async () => {
    const primary = stage.newKey({ multiRegion: true });
    const { knobs } = stage.aws.kms;
    const { replicationTime } = knobs;
    knobs.replicationTime = MINUTE;
    const { arn } = keyOf(primary).replicate(OTHER_REGION);
    knobs.replicationTime = replicationTime;
    const sentence = cannot(
      arn,
      `it is a replica of a multi-Region key, and replicas follow their primary. Pass the primary to this rotation: ${primary} in ${REGION}.`,
    );
    expect(keyOf(arn).state).toBe('Creating');
    await expectRefusal(arn, sentence);
    await stage.aws.clock.sleep(MINUTE);
    expect(keyOf(arn).state).toBe('Enabled');
    await expectRefusal(arn, sentence);
  });

  test('the primary rotates with its two replicas, which takes KMS 7 minutes and 40 seconds', async () => {
    const { knobs } = stage.aws.kms;
    const { rotationTime } = knobs;
    const arn = stage.newKey({ multiRegion: true });
    const replicas = [OTHER_REGION, 'ap-south-1'].map((region) => keyOf(arn).replicate(region));
    knobs.rotationTime = 460 * SECOND;
    try {
      await expectRotation(arn, 24);
    } finally {
      knobs.rotationTime = rotationTime;
    }
    expect(replicas.map(({ currentMaterialId }) => currentMaterialId)).toEqual(Array(2).fill(keyOf(arn).currentMaterialId));
  });
});

const files = '--import-token fileb://token --encrypted-key-material fileb://material --expiration-model KEY_MATERIAL_DOES_NOT_EXPIRE';
function importing(arn: string, terms = ''): string {
  return `aws kms import-key-material --region ${REGION} --key-id ${arn} ${terms}${files}, after aws kms get-parameters-for-import`;
}

describe('imported material', () => {
  const importNew = (arn: string, validTo?: number) => keyOf(arn).importMaterial('second', { importType: 'NEW_KEY_MATERIAL', validTo });
  const existing = (arn: string, material: string) =>
    importing(arn, `--import-type EXISTING_KEY_MATERIAL --key-material-id ${material} `);

  let arn: string;
  beforeEach(() => {
    arn = stage.newKey({ origin: 'EXTERNAL' });
    keyOf(arn).importMaterial('first');
  });

  test('new and valid for good, it is rotated in', async () => {
    const pending = importNew(arn);
    await expectRotation(arn, 24);
    expect(keyOf(arn).currentMaterialId).toBe(pending);
    expect(keyOf(arn).state).toBe('Enabled');
  });

  test('nothing pending is refused; with new material the same token rotates', async () => {
    const wayOut = `Import new material (${importing(arn, '--import-type NEW_KEY_MATERIAL ')}), ${again}`;
    await expectRefusal(arn, cannot(arn, `its key material is imported, and no new material is waiting to be rotated in. ${wayOut}`));
    importNew(arn);
    await expectRotation(arn, 24);
  });

  test('pending in the primary only is refused; when the replica has it too, the same token rotates', async () => {
    const primary = stage.newKey({ origin: 'EXTERNAL', multiRegion: true });
    keyOf(primary).importMaterial('first');
    const replica = keyOf(primary).replicate(OTHER_REGION);
    await stage.aws.clock.sleep(2 * SECOND);
    replica.importMaterial('first');
    const pending = importNew(primary);
    const wayOut = `Import the same material into each that lacks it, by its ARN and Region (${existing(primary, pending)}), ${again}`;
    await expectRefusal(
      primary,
      cannot(primary, `its new key material ${pending} is not imported into every replica (${replica.arn}). ${wayOut}`),
    );
    replica.importMaterial('second', { importType: 'EXISTING_KEY_MATERIAL' });
    await expectRotation(primary, 24);
  });

  test('pending and expired is refused, and never rotated in', async () => {
    const pending = importNew(arn, inMilliseconds(SECOND));
    await stage.aws.clock.sleep(2 * SECOND);
    const before = keyOf(arn).currentMaterialId;
    const wayOut = `Import the same material again (${existing(arn, pending)}), ${again}`;
    await expectRefusal(arn, cannot(arn, `its new key material ${pending} is not imported: it has expired or has been deleted. ${wayOut}`));
    expect(keyOf(arn)).toMatchObject({ currentMaterialId: before, state: 'Enabled' });
  });

  test('pending and expiring before the rotation is sure to be over is refused; with a later end the same token rotates', async () => {
    const validTo = inMilliseconds(17 * MINUTE);
    const pending = importNew(arn, validTo);
    const moment = new Date(Math.floor(validTo)).toISOString();
    const wayOut = `Import the same material again with a later end or none (${existing(arn, pending)}), ${again}`;
    await expectRefusal(
      arn,
      cannot(arn, `its new key material ${pending} is valid until ${moment} only, when the rotation may not be over yet, and an expired one would put the key out of service. ${wayOut}`),
    );
    keyOf(arn).importMaterial('second', { importType: 'EXISTING_KEY_MATERIAL', validTo: inMilliseconds(25 * MINUTE) });
    await expectRotation(arn, 24);
    expect(keyOf(arn)).toMatchObject({ currentMaterialId: pending, state: 'Enabled' });
  });

  test('exchanged for one that expires, after the claim and before the call, it is not rotated in', async () => {
    const pending = importNew(arn);
    stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', () => {
      keyOf(arn).deleteMaterial(pending);
      importNew(arn, inMilliseconds(MINUTE));
    });
    const answer = await deploy(arn);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('would put the key out of service') as string });
    expect(stage.sent(arn)).toBe(0);
    expect(stage.ledger(arn)).toMatchObject([{ state: 'claimed' }, { state: 'refused', ends: 1 }]);
  });
});

describe('the budget', () => {
  const reservedSentence = (arn: string, used: number, wayOut: string) =>
    `Key ${arn} has used ${used} of the 25 on-demand rotations of its life, and this one would not leave the 5 that are kept in reserve` +
    ' (reservedRotations). If the rotation token has changed by accident, set the old one again; if you mean to rotate,' +
    ` ${wayOut}. Nothing has been rotated.`;

  function keyWith(onDemand: number, automatic = 0): string {
    const arn = stage.newKey();
    keyOf(arn).addPastRotations('AUTOMATIC', automatic);
    keyOf(arn).addPastRotations('ON_DEMAND', onDemand);
    return arn;
  }

  test('the last rotation that leaves the reserve rotates', () => expectRotation(keyWith(19), 5));

  test('the next one is refused', async () => {
    const arn = keyWith(20);
    await expectRefusal(arn, reservedSentence(arn, 20, 'set reservedRotations to 4 or less'));
    await expectRotation(arn, 4, { ReservedRotations: '4' });
  });

  test('of 25 used ones none is left to keep', async () => {
    const arn = keyWith(25);
    const wayOut = 'make a new key and point its users to that (reservedRotations: 0 leaves the limit to KMS, should it have been raised)';
    await expectRefusal(arn, reservedSentence(arn, 25, wayOut));
  });

  test('one in progress counts', async () => {
    const arn = keyWith(19);
    await stage.services.kms(REGION).rotateKeyOnDemand(arn);
    const answer = await deploy(arn);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: reservedSentence(arn, 20, 'set reservedRotations to 4 or less') });
    expect(stage.rotations(arn)).toBe(1);
    expect(stage.ledger(arn)).toEqual([]);
  });

  test('automatic rotations do not count, and a history of several pages is read to its end', async () => {
    const arn = keyWith(18, 230);
    await expectRotation(arn, 6);
    await expect(stage.send(stage.update(arn, 'A', 'B'))).resolves.toMatchObject({ Status: 'SUCCESS', Data: { RemainingRotations: 5 } });
    await expect(stage.send(stage.update(arn, 'B', 'C'))).resolves.toMatchObject({
      Status: 'FAILED',
      Reason: reservedSentence(arn, 20, 'set reservedRotations to 4 or less'),
    });
  });

  test('without a reserve it is KMS that refuses', async () => {
    const arn = keyWith(25);
    const says = `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`;
    expect(await deploy(arn, { ReservedRotations: '0' })).toMatchObject({
      Status: 'FAILED',
      Reason:
        `Key ${arn} has used up the on-demand rotations that KMS grants a key in its life: create a new key, and point its users to that` +
        ` (an alias can move: aws kms update-alias). KMS says: LimitExceededException: ${says}. Nothing has been rotated.`,
    });
    expect([stage.sent(arn), stage.rotations(arn)]).toEqual([1, 0]);
  });

  test('without a reserve a limit that KMS has raised is used', async () => {
    const { knobs } = stage.aws.kms;
    const { rotationLimit } = knobs;
    knobs.rotationLimit = 30;
    await expectRotation(keyWith(26), 0, { ReservedRotations: '0' });
    knobs.rotationLimit = rotationLimit;
  });
});

describe('where a key is', () => {
  test('in another Region it is rotated there, and its ledger is kept there', async () => {
    const { arn } = stage.aws.kms.createKey(OTHER_REGION);
    const before = stage.aws.calls.length;
    await expectRotation(arn, 24);
    expect(new Set(stage.aws.calls.slice(before).map(({ region }) => region))).toEqual(new Set([OTHER_REGION]));
  });

  test('nowhere: it is refused', async () => {
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-0000-0000-000000000000`;
    await expectRefusal(
      arn,
      `Key ${arn} does not exist: check the key ID, the account and the Region of its ARN, or remove this rotation if the key has been deleted.` +
        ` KMS says: NotFoundException: Key '${arn}' does not exist.`,
    );
  });

  test('behind the ARN of an alias, or in another account, it is refused before anything is called', async () => {
    const alias = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`;
    const foreign = `arn:aws:kms:${REGION}:444455556666:key/00000000-0000-0000-0000-000000000000`;
    stage.aws.kms.createAlias(REGION, 'alias/mine', stage.newKey());
    const before = stage.aws.calls.length;
    expect(await deploy(alias)).toMatchObject({
      Status: 'FAILED',
      Reason:
        `${alias} is the ARN of an alias. KMS rotates keys, and this alias may point to another one tomorrow: pass the ARN of the key` +
        ` (aws kms describe-key --region ${REGION} --key-id ${alias}), or the key itself by Key.fromLookup(this, id, { aliasName }).` +
        ' Nothing has been rotated.',
    });
    expect(await deploy(foreign)).toMatchObject({
      Status: 'FAILED',
      Reason:
        `Key ${foreign} belongs to another account than this stack (${ACCOUNT}), and KMS rotates keys for their own account only:` +
        " declare the rotation in a stack of the key's account. Nothing has been rotated.",
    });
    expect(stage.aws.calls.length).toBe(before);
  });

  test('behind an alias that has moved on, it is still the one that is rotated', async () => {
    const [mine, other] = [stage.newKey(), stage.newKey()];
    stage.aws.kms.createAlias(REGION, 'alias/moving', mine);
    stage.aws.kms.updateAlias(REGION, 'alias/moving', other);
    await expectRotation(mine, 24);
    expect(stage.rotations(other)).toBe(0);
  });
});
