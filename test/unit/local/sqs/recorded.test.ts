import { expectRecorded } from '../recorded';
import { RECORDED } from './recorded.table';
import { SqsOnTheWire } from './sqs-on-the-wire';

let wire: SqsOnTheWire;

beforeAll(async () => {
  wire = await SqsOnTheWire.start();
});

afterAll(() => wire.stop());

test.each(RECORDED)('$operation: $when', (row) => expectRecorded(wire, row));
