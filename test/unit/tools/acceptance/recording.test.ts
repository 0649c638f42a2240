import { masked } from '../../../../tools/acceptance/recording';

test('account numbers, secrets and bytes are removed wherever they occur', () => {
  const recorded = {
    Arn: 'arn:aws:kms:eu-central-1:987654321098:key/1',
    Credentials: { AccessKeyId: 'ASIA', SecretAccessKey: 'secret', SessionToken: 'token' },
    Names: ['987654321098'],
    At: new Date(0),
    Bytes: new Uint8Array(3),
    Count: 1,
    Nothing: undefined,
  };
  expect(masked(recorded, ['987654321098'])).toEqual({
    Arn: 'arn:aws:kms:eu-central-1:111122223333:key/1',
    Credentials: { AccessKeyId: '<removed>', SecretAccessKey: '<removed>', SessionToken: '<removed>' },
    Names: ['111122223333'],
    At: '1970-01-01T00:00:00.000Z',
    Bytes: '<3 bytes>',
    Count: 1,
    Nothing: undefined,
  });
});
