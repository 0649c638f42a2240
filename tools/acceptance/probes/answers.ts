import type { Probe } from '../part';
import type { Stage } from '../stage';

const ALIAS_SUFFIX = 'answers';

/**
 * Records answers that depend only on earlier calls, to compare them with the local AWS's. Every answer counts as right: it is what AWS
 * does.
 */
export const answers: Probe = {
  kind: 'probe',
  name: 'answers',
  chapter: 'What everything rests on',
  needs: { keys: 5, rotations: 0, minutes: 3, calls: 60 },
  steps: [
    {
      name: 'asked',
      item: "what KMS and Parameter Store answer to the function's calls, for every kind of key",
      expected: 'the answers of the local AWS, on which all tests run; the report lists differences',
    },
  ],
  async run(stage) {
    await stage.step('asked', async () => {
      await ofKeys(stage);
      await ofAlias(stage);
      await ofParameters(stage);
    });
  },
};

/** Makes the calls, whatever they answer. */
async function ask(...calls: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (const each of calls) await each().catch(() => undefined);
}

async function ofKeys(stage: Stage): Promise<void> {
  const kms = stage.calls.kms();
  const usual = await stage.newKey();
  const off = await stage.newKey();
  await kms.disableKey({ KeyId: off.arn });
  const hmac = await stage.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const asymmetric = await stage.newKey({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
  const empty = await stage.newKey({ Origin: 'EXTERNAL' });
  // Reads may not find a new key at first.
  await stage.sleep(30);
  for (const { arn } of [usual, off, hmac, asymmetric, empty]) {
    await ask(
      () => kms.describeKey({ KeyId: arn }),
      () => kms.getKeyRotationStatus({ KeyId: arn }),
      () => kms.listKeyRotations({ KeyId: arn }),
      () => kms.listKeyRotations({ KeyId: arn, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }),
    );
    // The usual one would be rotated.
    if (arn !== usual.arn) await ask(() => kms.rotateKeyOnDemand({ KeyId: arn }));
  }
  const missing = usual.arn.replace(/[0-9a-f-]{36}$/, '00000000-0000-4000-8000-000000000000');
  await ask(
    () => kms.describeKey({ KeyId: missing }),
    () => kms.rotateKeyOnDemand({ KeyId: missing }),
    () => kms.getKeyRotationStatus({ KeyId: missing }),
    () => kms.listKeyRotations({ KeyId: missing }),
    () => kms.listKeyRotations({ KeyId: usual.arn, Marker: 'none' }),
    () => kms.listKeyRotations({ KeyId: usual.arn, Limit: 1001 }),
    () => kms.rotateKeyOnDemand({ KeyId: '' }),
  );
}

/** Creates no alias: the operations refuse it by its form. */
async function ofAlias(stage: Stage): Promise<void> {
  const kms = stage.calls.kms();
  const KeyId = `alias/${stage.stackName(ALIAS_SUFFIX)}`;
  await ask(
    () => kms.describeKey({ KeyId }),
    () => kms.rotateKeyOnDemand({ KeyId }),
    () => kms.getKeyRotationStatus({ KeyId }),
    () => kms.listKeyRotations({ KeyId }),
  );
}

async function ofParameters(stage: Stage): Promise<void> {
  const ssm = stage.calls.ssm();
  const path = `/${stage.stackName(ALIAS_SUFFIX)}`;
  stage.options.file.change(({ parameters }) => {
    parameters.push({ name: path, region: stage.region });
  });
  const put = (Name: string, Value: string, Overwrite = false) =>
    ssm.putParameter({ Name, Value, Type: 'String', Overwrite });
  await ask(
    () => put(`${path}/1`, 'one'),
    () => put(`${path}/1`, 'two'),
    () => put(`${path}/1`, 'two', true),
    () => put(`${path}/2`, '{{reference}}'),
    () => put(`${path}/3`, 'x'.repeat(4097)),
    () => put(`${path}/4`, ''),
    () => put('aws/not-allowed', 'one'),
  );
  await stage.sleep(30);
  await ask(
    () => ssm.getParametersByPath({ Path: path, Recursive: true }),
    () => ssm.getParametersByPath({ Path: path, Recursive: true, MaxResults: 11 }),
    () => ssm.getParametersByPath({ Path: `${path}/nothing`, Recursive: true }),
    () => ssm.getParametersByPath({ Path: path, Recursive: true, NextToken: 'none' }),
  );
}
