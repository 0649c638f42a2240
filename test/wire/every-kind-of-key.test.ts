import { KMSClient, UpdatePrimaryRegionCommand } from '@aws-sdk/client-kms';
import * as failures from '../../lambda/failures';
import type { NewKey } from '../../local/kms/kms-service';
import { ACCOUNT } from './events';
import { Outcomes } from './outcomes';
import { reasonOf } from './responses';
import { REGION, type Stage } from './stage';

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

describe('the kind of a key', () => {
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
    await outcomes.expectRefusal(arn, failures.keySpec(arn, keySpec), { isRecorded: false });
  });

  test('an AWS managed key is refused', async () => {
    const { arn } = stage.aws.kms.createManagedKey(REGION, 'ebs');
    await outcomes.expectRefusal(arn, failures.awsManagedKey(arn), { isRecorded: false });
  });

  test.each(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])(
    'a key in a custom key store (%s) is refused, whether the store is connected or not',
    async (origin) => {
      const arn = stage.newKey({ origin });
      const failure = failures.customKeyStore(arn, origin);
      await outcomes.expectRefusal(arn, failure, { isRecorded: false });
      stage.aws.kms.keyStores.setConnected(REGION, stage.key(arn).kmsKey.customKeyStoreId ?? '', false);
      expect(stage.key(arn).state).toBe('Unavailable');
      await outcomes.expectRefusal(arn, failure, { isRecorded: false });
    },
  );
});

describe('the state', () => {
  test('a disabled key is refused, and rotates with the same token when it is enabled', async () => {
    const arn = stage.newKey({ enabled: false });
    await outcomes.expectRefusal(arn, failures.keyDisabled(arn));
    stage.key(arn).update({ enabled: true });
    await outcomes.expectRotation(arn, 24);
  });

  test('a key pending deletion is refused, with the date', async () => {
    const arn = stage.newKey();
    stage.key(arn).scheduleDeletion(7);
    const day = new Date(stage.key(arn).regionalKey.deletion?.date ?? 0);
    // KMS returns times in whole milliseconds.
    await outcomes.expectRefusal(arn, failures.keyPendingDeletion(arn, new Date(Math.floor(day.getTime()))));
    stage.key(arn).cancelDeletion();
    stage.key(arn).update({ enabled: true });
    await outcomes.expectRotation(arn, 24);
  });

  test('a primary key whose deletion waits for its replicas is refused', async () => {
    const arn = stage.newKey({ multiRegion: true });
    stage.key(arn).replicate(OTHER_REGION);
    stage.key(arn).scheduleDeletion();
    expect(stage.key(arn).state).toBe('PendingReplicaDeletion');
    await outcomes.expectRefusal(arn, failures.keyPendingDeletion(arn, undefined));
  });

  test('a key whose material was never imported, or was deleted, is refused', async () => {
    const arn = stage.newKey({ origin: 'EXTERNAL' });
    await outcomes.expectRefusal(arn, failures.keyPendingImport(arn));
    stage.key(arn).importMaterial('first');
    stage.key(arn).deleteMaterial();
    await outcomes.expectRefusal(arn, failures.keyPendingImport(arn));
  });

  test('a key that is becoming the primary is refused', async () => {
    const { settings } = stage.aws.kms;
    const { replicationTime } = settings;
    const replica = stage.key(stage.newKey({ multiRegion: true })).replicate(OTHER_REGION);
    stage.aws.clock.skip(2 * replicationTime);
    settings.replicationTime = 60 * MINUTE;
    await new KMSClient({ region: REGION }).send(
      new UpdatePrimaryRegionCommand({ KeyId: replica.keyId, PrimaryRegion: OTHER_REGION }),
    );
    settings.replicationTime = replicationTime;
    const { arn } = replica;
    expect(stage.key(arn).state).toBe('Updating');
    await outcomes.expectRefusal(arn, failures.keyNotReady(arn, 'Updating'));
  });
});

describe('a multi-Region key', () => {
  test('a replica is refused, naming its primary, even while it is being created', async () => {
    const primary = stage.newKey({ multiRegion: true });
    const { settings } = stage.aws.kms;
    const { replicationTime } = settings;
    settings.replicationTime = MINUTE;
    const { arn } = stage.key(primary).replicate(OTHER_REGION);
    settings.replicationTime = replicationTime;
    const failure = failures.replicaKey(arn, primary, REGION);
    expect(stage.key(arn).state).toBe('Creating');
    await outcomes.expectRefusal(arn, failure);
    stage.pass(1);
    expect(stage.key(arn).state).toBe('Enabled');
    await outcomes.expectRefusal(arn, failure);
  });

  test('the primary rotates with its two replicas, which takes KMS 7 minutes and 40 seconds', async () => {
    const { settings } = stage.aws.kms;
    const { rotationTime } = settings;
    const arn = stage.newKey({ multiRegion: true });
    const replicas = [OTHER_REGION, 'ap-south-1'].map((region) => stage.key(arn).replicate(region));
    settings.rotationTime = 460 * SECOND;
    try {
      await outcomes.expectRotation(arn, 24);
    } finally {
      settings.rotationTime = rotationTime;
    }
    expect(replicas.map(({ currentMaterialId }) => currentMaterialId)).toEqual(
      Array(2).fill(stage.key(arn).currentMaterialId),
    );
  });
});

describe('the location of a key', () => {
  test('a key in another Region is rotated there, and its ledger is kept there', async () => {
    const { arn } = stage.aws.kms.createKey(OTHER_REGION);
    const before = stage.aws.calls.length;
    await outcomes.expectRotation(arn, 24);
    expect(new Set(stage.aws.calls.slice(before).map(({ region }) => region))).toEqual(new Set([OTHER_REGION]));
  });

  test('a key that does not exist is refused', async () => {
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-0000-0000-000000000000`;
    const response = await outcomes.deploy(arn);
    expect(response.Reason).toBe(reasonOf(failures.keyUnreadable('missing', arn, '', undefined)));
    expect(stage.sent(arn)).toBe(0);
  });

  test('an alias ARN and a key of another account are refused before any call', async () => {
    const alias = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`;
    const foreign = `arn:aws:kms:${REGION}:444455556666:key/00000000-0000-0000-0000-000000000000`;
    stage.aws.kms.createAlias(REGION, 'alias/mine', stage.newKey());
    const before = stage.aws.calls.length;
    expect((await outcomes.deploy(alias)).Reason).toBe(reasonOf(failures.aliasArn(alias)));
    expect((await outcomes.deploy(foreign)).Reason).toBe(reasonOf(failures.otherAccount(foreign, ACCOUNT)));
    expect(stage.aws.calls.length).toBe(before);
  });

  test('a key whose alias has moved to another key still rotates', async () => {
    const [mine, other] = [stage.newKey(), stage.newKey()];
    stage.aws.kms.createAlias(REGION, 'alias/moving', mine);
    stage.aws.kms.updateAlias(REGION, 'alias/moving', other);
    await outcomes.expectRotation(mine, 24);
    expect(stage.rotations(other)).toBe(0);
  });
});
