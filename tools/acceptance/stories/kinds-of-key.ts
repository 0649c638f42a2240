/** Keys of unusual kinds. */
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto';
import { NotPossible, Unexpected, expectWords } from '../expectations';
import type { Story } from '../part';
import { TAG } from '../run-state';
import type { Stage, TestKey } from '../stage';
import { rotating } from './rotating';

export const refusedKeys: Story = {
  kind: 'story',
  name: 'refused-keys',
  chapter: 'KMS as it is',
  needs: { keys: 3, rotations: 0, stacks: 3, minutes: 8 },
  steps: [
    { name: 'disabled', item: 'a disabled key', expected: '`[KeyDisabled] NOT ROTATED`, rolled back' },
    { name: 'hmac', item: 'an HMAC key by its ARN', expected: '`[KeySpec] NOT ROTATED`, rolled back' },
    {
      name: 'policy-without-iam',
      item: 'a key behind a policy that does not delegate to IAM',
      expected: '`[KeyDenied] NOT ROTATED`, rolled back',
    },
  ],
  async run(stage) {
    const disabled = await stage.newKey();
    await stage.calls.kms().disableKey({ KeyId: disabled.arn });
    const hmac = await stage.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const closed = await stage.newKey({ Policy: await policyWithoutIam(stage) });
    const cases = [
      { step: 'disabled', key: disabled, says: `[KeyDisabled] NOT ROTATED. Key ${disabled.arn}` },
      { step: 'hmac', key: hmac, says: `[KeySpec] NOT ROTATED. Key ${hmac.arn}` },
      { step: 'policy-without-iam', key: closed, says: '[KeyDenied] NOT ROTATED.' },
    ].map((each) => ({ ...each, name: stage.stackName(each.step) }));
    await stage.fail(
      Object.fromEntries(cases.map(({ name, key }) => [name, rotating({ key, token: 'first', rotateOnCreate: true })])),
    );
    for (const { step, key, says, name } of cases) {
      await stage.step(step, async () => {
        // The command ends with the first failed stack; CloudFormation rolls the others back without it.
        if (
          !(await stage.until(async () => (await stage.stackStatus(name)).endsWith('ROLLBACK_COMPLETE'), { every: 5 }))
        )
          throw new Unexpected(
            `Stack ${name} is in ${await stage.stackStatus(name)}, and should have been rolled back.`,
          );
        expectWords('the failed resource', await failureOf(stage, name), says);
        await stage.expectRotations(key, 0);
      });
    }
  },
};

/** Only the caller may use the key, and no role of a function. */
async function policyWithoutIam(stage: Stage): Promise<string> {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: await callerArn(stage) }, Action: 'kms:*', Resource: '*' }],
  });
}

/** For a session, the ARN of its role, which unlike the session's own contains the role's path. */
async function callerArn(stage: Stage): Promise<string> {
  const { Arn = '' } = await stage.calls.sts().getCallerIdentity({});
  const [, roleName] = /:assumed-role\/([^/]+)\//.exec(Arn) ?? [];
  if (roleName === undefined) return Arn;
  const { Role } = await stage.calls.iam().getRole({ RoleName: roleName });
  if (Role?.Arn === undefined) throw new NotPossible(`IAM does not show role ${roleName}, by which this is run.`);
  return Role.Arn;
}

async function failureOf(stage: Stage, StackName: string): Promise<string> {
  const { StackEvents = [] } = await stage.calls.cloudFormation().describeStackEvents({ StackName });
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
  return failed.map(({ ResourceStatusReason = '' }) => ResourceStatusReason).join('\n');
}

export const importedMaterial: Story = {
  kind: 'story',
  name: 'imported-material',
  chapter: 'KMS as it is',
  needs: { keys: 1, rotations: 1, stacks: 1, minutes: 12 },
  steps: [
    {
      name: 'rotated',
      item: 'a key with imported material, and new material that is pending',
      expected: 'green; the pending material is in force',
    },
    {
      name: 'nothing-pending',
      item: 'a new token for it, and no new material',
      expected: '`[NoPendingMaterial] NOT ROTATED`, rolled back',
    },
  ],
  async run(stage) {
    const key = await stage.newKey({ Origin: 'EXTERNAL' });
    await importMaterial(stage, key);
    const first = await currentMaterial(stage, key);
    await importMaterial(stage, key, 'NEW_KEY_MATERIAL');
    const name = stage.stackName();
    await stage.step('rotated', async () => {
      await stage.succeed({ [name]: rotating({ key, token: 'first', rotateOnCreate: true }) });
      if ((await currentMaterial(stage, key)) === first) throw new Unexpected('The old material is still in force.');
      await stage.expectRotations(key, 1);
    });
    await stage.step('nothing-pending', async () => {
      const { output } = await stage.fail({ [name]: rotating({ key, token: 'second' }) });
      expectWords('cdk deploy', output, '[NoPendingMaterial] NOT ROTATED.');
      await stage.expectRotations(key, 1);
    });
  },
};

async function currentMaterial(stage: Stage, { arn, region }: TestKey): Promise<string | undefined> {
  const { KeyMetadata } = await stage.calls.kms(region).describeKey({ KeyId: arn });
  return KeyMetadata?.CurrentKeyMaterialId;
}

/** https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-conceptual.html */
async function importMaterial(stage: Stage, { arn }: TestKey, ImportType?: 'NEW_KEY_MATERIAL'): Promise<void> {
  const kms = stage.calls.kms();
  const { PublicKey = new Uint8Array(), ImportToken } = await kms.getParametersForImport({
    KeyId: arn,
    WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
    WrappingKeySpec: 'RSA_2048',
  });
  const wrapped = publicEncrypt(
    {
      key: createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }),
      padding: constants.RSA_PKCS1_OAEP_PADDING,
      oaepHash: 'sha256',
    },
    randomBytes(32),
  );
  await kms.importKeyMaterial({
    KeyId: arn,
    ImportToken,
    EncryptedKeyMaterial: wrapped,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    ...(ImportType && { ImportType }),
  });
}

export const multiRegion: Story = {
  kind: 'story',
  name: 'multi-region',
  chapter: 'KMS as it is',
  needs: { keys: 2, rotations: 1, stacks: 1, minutes: 25 },
  steps: [
    {
      name: 'with-a-replica',
      item: 'a multi-Region key with a replica',
      expected: 'green; the replica shows the new material',
    },
  ],
  async run(stage) {
    const { replicaRegion } = stage.options;
    const key = await stage.newKey({ MultiRegion: true });
    const { ReplicaKeyMetadata } = await stage.calls
      .kms()
      .replicateKey({ KeyId: key.arn, ReplicaRegion: replicaRegion, Tags: [{ TagKey: TAG.key, TagValue: TAG.value }] });
    const replica = stage.note(ReplicaKeyMetadata?.Arn ?? '');
    await stage.untilKnown(replica);
    await stage.until(
      async () =>
        (await stage.calls.kms(replicaRegion).describeKey({ KeyId: replica.arn })).KeyMetadata?.KeyState === 'Enabled',
      { every: 2 },
    );
    await stage.step('with-a-replica', async () => {
      const startedAt = stage.now();
      await stage.succeed({ [stage.stackName()]: rotating({ key, token: 'first', rotateOnCreate: true }) });
      await stage.expectRotations(key, 1);
      stage.measure('multi-Region deployment', (stage.now() - startedAt) / 1000);
      const material = await currentMaterial(stage, key);
      if (!(await stage.until(async () => (await currentMaterial(stage, replica)) === material, { every: 2 })))
        throw new Unexpected(`The replica in ${replicaRegion} does not show the material ${material ?? ''}.`);
    });
  },
};
