import { KMSClient, UpdatePrimaryRegionCommand } from '@aws-sdk/client-kms';
import type { NewKey } from '../../local/kms/kms-service';
import { ACCOUNT } from './events';
import { again, cannot, importing, Outcomes } from './outcomes';
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

const byHand =
  'Make a new key and point its users to that (an alias can move: aws kms update-alias), or remove this rotation.';

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
    await outcomes.expectRefusal(
      arn,
      cannot(arn, `its key spec is ${keySpec}, and KMS rotates SYMMETRIC_DEFAULT only. ${byHand}`),
    );
  });

  test('an AWS managed key is refused', async () => {
    const { arn } = stage.aws.kms.createManagedKey(REGION, 'ebs');
    await outcomes.expectRefusal(
      arn,
      cannot(arn, 'it is an AWS managed key, which AWS alone rotates. Use a customer managed key.'),
    );
  });

  test.each(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'])(
    'a key in a custom key store (%s) is refused, whether the store is connected or not',
    async (origin) => {
      const arn = stage.newKey({ origin });
      const sentence = cannot(
        arn,
        `it is in a custom key store (origin ${origin}), and KMS rotates no key there. ${byHand}`,
      );
      await outcomes.expectRefusal(arn, sentence);
      stage.aws.kms.keyStores.setConnected(REGION, stage.key(arn).kmsKey.customKeyStoreId ?? '', false);
      expect(stage.key(arn).state).toBe('Unavailable');
      await outcomes.expectRefusal(arn, sentence);
    },
  );
});

describe('the state', () => {
  const command = (name: string, arn: string) => `aws kms ${name} --region ${REGION} --key-id ${arn}`;

  test('a disabled key is refused, and rotates with the same token when it is enabled', async () => {
    const arn = stage.newKey({ enabled: false });
    await outcomes.expectRefusal(
      arn,
      cannot(arn, `it is disabled. Enable it (${command('enable-key', arn)}), ${again}`),
    );
    stage.key(arn).update({ enabled: true });
    await outcomes.expectRotation(arn, 24);
  });

  test('a key that waits for its deletion is refused, with the day', async () => {
    const arn = stage.newKey();
    stage.key(arn).scheduleDeletion(7);
    const day = new Date(stage.key(arn).regionalKey.deletion?.date ?? 0);
    // KMS tells moments to the millisecond.
    const moment = new Date(Math.floor(day.getTime())).toISOString();
    const wayOut = `Cancel the deletion and enable it (${command('cancel-key-deletion', arn)}, the same with enable-key), ${again} Or remove this rotation.`;
    await outcomes.expectRefusal(arn, cannot(arn, `it is scheduled for deletion on ${moment}. ${wayOut}`));
    stage.key(arn).cancelDeletion();
    stage.key(arn).update({ enabled: true });
    await outcomes.expectRotation(arn, 24);
  });

  test('a primary key whose deletion waits for its replicas is refused', async () => {
    const arn = stage.newKey({ multiRegion: true });
    stage.key(arn).replicate(OTHER_REGION);
    stage.key(arn).scheduleDeletion();
    expect(stage.key(arn).state).toBe('PendingReplicaDeletion');
    const wayOut = `Cancel the deletion and enable it (${command('cancel-key-deletion', arn)}, the same with enable-key), ${again} Or remove this rotation.`;
    await outcomes.expectRefusal(arn, cannot(arn, `it is scheduled for deletion. ${wayOut}`));
  });

  test('a key whose material has never been imported is refused, and one whose material has been deleted', async () => {
    const arn = stage.newKey({ origin: 'EXTERNAL' });
    const sentence = cannot(
      arn,
      'key material that it needs has not been imported, has expired or has been deleted.' +
        ` See which (${command('list-key-rotations', arn)} --include-key-material ALL_KEY_MATERIAL),` +
        ` import it (${importing(arn)}), ${again}`,
    );
    await outcomes.expectRefusal(arn, sentence);
    stage.key(arn).importMaterial('first');
    stage.key(arn).deleteMaterial();
    await outcomes.expectRefusal(arn, sentence);
  });

  test('a key that becomes the primary is refused until it is', async () => {
    const { settings } = stage.aws.kms;
    const { replicationTime } = settings;
    const replica = stage.key(stage.newKey({ multiRegion: true })).replicate(OTHER_REGION);
    await stage.aws.clock.sleep(2 * replicationTime);
    settings.replicationTime = 60 * MINUTE;
    await new KMSClient({ region: REGION }).send(
      new UpdatePrimaryRegionCommand({ KeyId: replica.keyId, PrimaryRegion: OTHER_REGION }),
    );
    settings.replicationTime = replicationTime;
    const { arn } = replica;
    expect(stage.key(arn).state).toBe('Updating');
    const wayOut = `Wait until it is Enabled (aws kms describe-key --region ${OTHER_REGION} --key-id ${arn}), ${again}`;
    await outcomes.expectRefusal(arn, cannot(arn, `its state is Updating. ${wayOut}`));
  });
});

describe('a multi-Region key', () => {
  test('a replica is refused with its primary, while it is made too', async () => {
    const primary = stage.newKey({ multiRegion: true });
    const { settings } = stage.aws.kms;
    const { replicationTime } = settings;
    settings.replicationTime = MINUTE;
    const { arn } = stage.key(primary).replicate(OTHER_REGION);
    settings.replicationTime = replicationTime;
    const sentence = cannot(
      arn,
      `it is a replica of a multi-Region key, and replicas follow their primary. Pass the primary to this rotation: ${primary} in ${REGION}.`,
    );
    expect(stage.key(arn).state).toBe('Creating');
    await outcomes.expectRefusal(arn, sentence);
    await stage.aws.clock.sleep(MINUTE);
    expect(stage.key(arn).state).toBe('Enabled');
    await outcomes.expectRefusal(arn, sentence);
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

describe('where a key is', () => {
  test('in another Region it is rotated there, and its ledger is kept there', async () => {
    const { arn } = stage.aws.kms.createKey(OTHER_REGION);
    const before = stage.aws.calls.length;
    await outcomes.expectRotation(arn, 24);
    expect(new Set(stage.aws.calls.slice(before).map(({ region }) => region))).toEqual(new Set([OTHER_REGION]));
  });

  test('nowhere: it is refused', async () => {
    const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:key/00000000-0000-0000-0000-000000000000`;
    await outcomes.expectRefusal(
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
    expect(await outcomes.deploy(alias)).toMatchObject({
      Status: 'FAILED',
      Reason:
        `${alias} is the ARN of an alias. KMS rotates keys, and this alias may point to another one tomorrow: pass the ARN of the key` +
        ` (aws kms describe-key --region ${REGION} --key-id ${alias}), or the key itself by Key.fromLookup(this, id, { aliasName }).` +
        ' Nothing has been rotated.',
    });
    expect(await outcomes.deploy(foreign)).toMatchObject({
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
    await outcomes.expectRotation(mine, 24);
    expect(stage.rotations(other)).toBe(0);
  });
});
