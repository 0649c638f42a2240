import { CloudFormation } from '@aws-sdk/client-cloudformation';
import { LocalAws } from '../../../../local/local-aws';
import { RECORDED } from './recorded.table';
import type { RecordedCall, RecordedError, Row } from './recorded/row';

type Answers = Readonly<Record<string, string>>;

let aws: LocalAws;
let client: CloudFormation;

beforeAll(async () => {
  aws = await LocalAws.start();
  const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } = aws.environment;
  client = new CloudFormation({
    endpoint: aws.url,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
});

test.each(RECORDED.map((row, index) => ({ ...row, index })))('$operation: $when', async (row) => {
  let answers: Answers = { stack: `Stack${row.index}` };
  for (const each of row.after ?? []) {
    answers = { ...answers, ...(await callSdk(each, answers)) };
    await settled(answers);
  }
  const answer = substituted(row.answer, answers) as Row['answer'];
  if (isError(answer)) {
    await expect(callSdk(row, answers)).rejects.toMatchObject({ name: answer.error, message: answer.message });
  } else {
    expect(withAbsent(await callSdk(row, answers), answer)).toMatchObject(answer);
  }
});

async function callSdk({ operation, input }: RecordedCall, answers: Answers): Promise<Answers> {
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  const operations = client as unknown as Readonly<Record<string, (input: unknown) => Promise<Answers>>>;
  return (await operations[method]?.(substituted(input, answers))) ?? {};
}

async function settled({ stack: name = '' }: Answers): Promise<void> {
  for (const each of [name, `${name}-importer`, `${name}-again`]) {
    const stack = aws.cloudFormation.find(each);
    while (stack?.inProgress) await stack.statusChange();
  }
}

/** Replaces each `<name>` that earlier outputs contain. */
function substituted(value: unknown, answers: Answers): unknown {
  if (typeof value === 'string') {
    return value.replace(/<(\w+)>/g, (mark, name: string) => answers[name] ?? mark);
  }
  if (Array.isArray(value)) {
    return value.map((item) => substituted(item, answers));
  }
  if (typeof value === 'object' && value !== null && !(value instanceof RegExp)) {
    const copy: unknown = Object.create(Object.getPrototypeOf(value) as object | null);
    return Object.assign(
      copy as object,
      Object.fromEntries(Object.entries(value).map(([name, member]) => [name, substituted(member, answers)])),
    );
  }
  return value;
}

/** Adds absent members as `undefined`, because the matcher distinguishes the two. */
function withAbsent(output: unknown, answer: unknown): unknown {
  if (Array.isArray(output) && Array.isArray(answer)) {
    return output.map((item, index) => withAbsent(item, answer[index]));
  }
  if (isObject(output) && isObject(answer)) {
    const names = [...new Set([...Object.keys(output), ...Object.keys(answer)])];
    return Object.fromEntries(names.map((name) => [name, withAbsent(output[name], answer[name])]));
  }
  return output;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function isError(answer: Row['answer']): answer is RecordedError {
  return 'error' in answer;
}
