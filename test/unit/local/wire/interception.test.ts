import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { ConnectionLost } from '../../../../local/wire/interception';
import { LocalAws } from '../../../../local/local-aws';
import { ServiceError } from '../../../../local/wire/service';
import { REGION } from '../cloudformation/cloudformation-client';

let aws: LocalAws;
let client: SSMClient;

beforeEach(async () => {
  aws = await LocalAws.start({ region: REGION });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new SSMClient({ region: REGION, endpoint: aws.url, credentials, maxAttempts: 1 });
});

afterEach(async () => {
  client.destroy();
  await aws.stop();
});

const put = (Value: string): Promise<unknown> =>
  client.send(new PutParameterCommand({ Name: '/p', Type: 'String', Value, Overwrite: true }));
const stored = (): string | undefined => aws.parameterStore.get(REGION, '/p');

test('before its effect, a call can be refused and counted', async () => {
  aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'before', () => {
    throw new ServiceError('ThrottlingException', 'Rate exceeded');
  });
  await expect(put('one')).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
  expect(stored()).toBeUndefined();
  await put('two');
  expect(stored()).toBe('two');
});

test('after its effect, the answer can be lost', async () => {
  aws.intercept({ service: 'ssm', operation: 'PutParameter' }, 'after', () => {
    throw new ConnectionLost();
  });
  await expect(put('one')).rejects.toThrow();
  expect(stored()).toBe('one');
  expect(aws.calls.map(({ errorCode }) => errorCode)).toEqual(['ConnectionLost']);
});

test('a call can be held back, and an interception be ended', async () => {
  const end = aws.intercept({ service: 'ssm', operation: 'PutParameter' }, 'before', () => aws.clock.sleep(200));
  const started = Date.now();
  await put('one');
  expect(Date.now() - started).toBeGreaterThanOrEqual(190);
  end();
  aws.intercept({ service: 'ssm', operation: 'PutParameter' }, 'before', () => {
    expect(stored()).toBe('one');
  });
  await put('two');
});

test('each call is logged with who made it and where', async () => {
  await put('one');
  await expect(client.send(new GetParameterCommand({ Name: '/missing' }))).rejects.toThrow();
  expect(aws.calls).toMatchObject([
    {
      service: 'ssm',
      operation: 'PutParameter',
      region: REGION,
      input: { Name: '/p', Value: 'one' },
      caller: { accessKeyId: 'local' },
    },
    { service: 'ssm', operation: 'GetParameter', errorCode: 'ParameterNotFound' },
  ]);
});

test('a role may do what its policies allow', async () => {
  const role = aws.iam.createRole('reader', {
    inline: {
      read: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ssm:GetParameter', Resource: '*' }] },
    },
  });
  const credentials = aws.iam.credentialsFor(role.arn);
  expect(credentials).toBeDefined();
  aws.parameterStore.put(REGION, '/p', 'one');
  client = new SSMClient({ region: REGION, endpoint: aws.url, credentials, maxAttempts: 1 });
  await client.send(new GetParameterCommand({ Name: '/p' }));
  await expect(put('two')).rejects.toMatchObject({ name: 'AccessDeniedException' });
});

test('however fast the clock runs, clients see no other time than their own, and send a refused call once', async () => {
  const fast = await LocalAws.start({ region: REGION, timeScale: 100_000 });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const patient = new SSMClient({ region: REGION, endpoint: fast.url, credentials, maxAttempts: 3 });
  const missing = (): Promise<unknown> => patient.send(new GetParameterCommand({ Name: '/missing' }));
  await fast.clock.sleep(3_600_000);
  await expect(missing()).rejects.toThrow();
  await expect(missing()).rejects.toThrow();
  expect(fast.calls).toHaveLength(2);

  const signed = new Date(fast.clock.now()).toISOString().replace(/[-:]|\.\d+/g, '');
  const { headers } = await fetch(fast.url, { headers: { 'x-amz-date': signed } });
  expect(Date.parse(headers.get('date') ?? '')).toBeGreaterThan(Date.now() + 3_000_000);
  patient.destroy();
  await fast.stop();
});
