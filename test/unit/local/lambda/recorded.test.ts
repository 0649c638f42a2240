import { expectRecorded } from '../recorded';
import { LambdaOnTheWire } from './lambda-on-the-wire';
import { RECORDED } from './recorded.table';

let wire: LambdaOnTheWire;

beforeAll(async () => {
  wire = await LambdaOnTheWire.start();
});

afterAll(() => wire.stop());

test.each(RECORDED)('$operation: $when', (row) => expectRecorded(wire, row));
