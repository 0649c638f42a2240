import { expectRecorded } from '../recorded';
import { refusal } from '../services-on-the-wire';
import { LambdaOnTheWire } from './lambda-on-the-wire';
import { RECORDED } from './recorded.table';

let wire: LambdaOnTheWire;

beforeAll(async () => {
  wire = await LambdaOnTheWire.start();
});

afterAll(() => wire.stop());

test.each(RECORDED)('$operation: $when', (row) => expectRecorded(wire, row));

test('only the environment of a function can be changed', async () => {
  const FunctionName = wire.createFunction({ environment: { OWN: 'value' } });
  const Environment = { Variables: { OWN: 'value', MORE: 'another' } };
  await wire.client.updateFunctionConfiguration({ FunctionName, Environment });
  expect(await wire.client.getFunctionConfiguration({ FunctionName })).toMatchObject({ Environment, Timeout: 900 });
  expect(await refusal(wire.client.updateFunctionConfiguration({ FunctionName, Timeout: 5 }))).toMatchObject({
    name: 'InvalidParameterValueException',
    message: 'The local AWS cannot change Timeout of a function.',
  });
});

test('the account settings show total and unreserved concurrency', async () => {
  const limit = async (): Promise<unknown> => (await wire.client.getAccountSettings({})).AccountLimit;
  const { UnreservedConcurrentExecutions: free = 0 } = (await limit()) as { UnreservedConcurrentExecutions?: number };
  wire.createFunction({ reservedConcurrentExecutions: 7 });
  expect(await limit()).toEqual({ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: free - 7 });
});
