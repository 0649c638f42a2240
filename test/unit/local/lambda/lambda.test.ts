/** Functions as parts of the local AWS: their variables, credentials, logs and dead letters. */
import { zipSync } from 'fflate';
import type { FunctionConfiguration } from '../../../../local/lambda/function';
import { LocalAws } from '../../../../local/local-aws';
import { REGION } from '../services-on-the-wire';

const CODE = `exports.handler = async ({ fail }) => {
  if (fail) throw new Error('no');
  console.info('done');
  return { env: process.env };
};`;

let aws: LocalAws;

beforeEach(async () => {
  aws = await LocalAws.start({ timeScale: 'virtual', region: REGION });
});

afterEach(() => aws.stop());

function create(name: string, configuration: Partial<FunctionConfiguration> = {}): void {
  aws.logs.createGroup(REGION, `/aws/lambda/${name}`);
  aws.lambda.createFunction({
    name,
    region: REGION,
    roleArn: aws.iam.createRole(name).arn,
    runtime: 'nodejs24.x',
    handler: 'index.handler',
    code: zipSync({ 'index.js': Buffer.from(CODE) }),
    timeout: 900,
    memorySize: 256,
    environment: { OWN: 'value' },
    logGroup: `/aws/lambda/${name}`,
    logFormat: 'JSON',
    ...configuration,
  });
  aws.lambda.setEventInvokeConfig(name, REGION, { maximumRetryAttempts: 0, maximumEventAge: 3600 });
}

test('a function gets the variables of Lambda and the local AWS, and acts as its role', async () => {
  create('fn');
  const outcome = await aws.lambda.invoke('fn', {});
  expect(outcome).toMatchObject({
    result: {
      env: {
        OWN: 'value',
        AWS_REGION: REGION,
        AWS_LAMBDA_FUNCTION_NAME: 'fn',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/fn',
        AWS_ENDPOINT_URL: aws.url,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      },
    },
  });
  const { env } = (outcome as { result: { env: Record<string, string> } }).result;
  expect(aws.iam.caller(env.AWS_ACCESS_KEY_ID ?? '')).toMatchObject({ roleArn: aws.iam.findRole('fn')?.arn });
  const [line] = aws.logs.events(REGION, '/aws/lambda/fn');
  expect(JSON.parse(line?.message ?? '{}')).toMatchObject({ message: 'done' });
  expect(aws.lambda.logs('fn')).toEqual([line?.message]);
});

test.each([
  ['may', 'sent', 1],
  ['may not', 'failed', 0],
])('a dead letter that the role %s send: %s', async (may, deadLetter, letters) => {
  const queue = aws.sqs.arn(REGION, aws.sqs.createQueue(REGION, `queue-${deadLetter}`));
  const name = `fn-${deadLetter}`;
  create(name, { deadLetterQueueArn: queue });
  if (may === 'may') {
    const send = { Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }] };
    aws.iam.putInlinePolicy(name, 'send', send);
  }
  const requestId = aws.lambda.invokeAsync(name, { fail: true });
  const dropped = (): typeof aws.lambda.dropped => aws.lambda.dropped.filter((each) => each.requestId === requestId);
  while (dropped().length === 0) {
    await aws.clock.sleep(1000);
  }
  expect(dropped()).toMatchObject([{ condition: 'RetriesExhausted', attempts: 1, deadLetter }]);
  const { ApproximateNumberOfMessages } = aws.sqs.attributes(queue);
  expect(ApproximateNumberOfMessages).toBe(String(letters));
});
