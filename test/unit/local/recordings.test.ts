/** AWS's responses, saved here by `npm run acceptance -- --take`; the local AWS must return the same. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Recording } from '../../../tools/acceptance/recording';
import { replay } from '../../../tools/acceptance/replay';

const DIRECTORY = join(__dirname, 'recordings');

const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-4333-8444-555555555555';

/** Documented responses of KMS in the form of a recording. */
const calls = (state: string): Recording[] => {
  const common = {
    by: 'answers',
    service: 'KMS',
    region: 'eu-central-1',
    requestId: 'a',
    milliseconds: 9,
    timed: false,
  };
  return [
    {
      ...common,
      operation: 'CreateKey',
      input: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
      output: {
        KeyMetadata: {
          AWSAccountId: '111122223333',
          Arn: KEY,
          CreationDate: '2026-12-01T10:00:00.000Z',
          CustomerMasterKeySpec: 'HMAC_256',
          Description: '',
          Enabled: true,
          KeyId: KEY.slice(-36),
          KeyManager: 'CUSTOMER',
          KeySpec: 'HMAC_256',
          KeyState: state,
          KeyUsage: 'GENERATE_VERIFY_MAC',
          MacAlgorithms: ['HMAC_SHA_256'],
          MultiRegion: false,
          Origin: 'AWS_KMS',
        },
      },
      startedAt: '2026-12-01T10:00:00.000Z',
    },
    {
      ...common,
      operation: 'RotateKeyOnDemand',
      input: { KeyId: KEY },
      error: { name: 'UnsupportedOperationException', message: 'UnknownError', statusCode: 400 },
      startedAt: '2026-12-01T10:00:01.000Z',
    },
    {
      ...common,
      operation: 'GetKeyRotationStatus',
      input: { KeyId: KEY },
      output: { KeyId: KEY, KeyRotationEnabled: false },
      startedAt: '2026-12-01T10:00:02.000Z',
    },
  ];
};

test('the local AWS returns what was recorded on AWS', async () => {
  const files = existsSync(DIRECTORY) ? readdirSync(DIRECTORY).filter((name) => name.endsWith('.json')) : [];
  for (const file of files) {
    const recorded = JSON.parse(readFileSync(join(DIRECTORY, file), 'utf8')) as Recording[];
    expect({ file, differences: await replay(recorded) }).toEqual({ file, differences: [] });
  }
});

test('IDs that AWS generated are mapped to those of the local AWS', async () => {
  expect(await replay(calls('Enabled'))).toEqual([]);
});

test('a response that differs is reported with the differing member', async () => {
  expect(await replay(calls('Disabled'))).toMatchObject([
    { operation: 'CreateKey', where: 'KeyMetadata.KeyState', recorded: 'Disabled', replayed: 'Enabled' },
  ]);
});
