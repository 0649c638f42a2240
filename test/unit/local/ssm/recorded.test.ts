import { expectRecorded } from '../recorded';
import { ServicesOnTheWire } from '../services-on-the-wire';
import { RECORDED } from './recorded.table';

let wire: ServicesOnTheWire;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
});

afterAll(() => wire.stop());

test.each(RECORDED)('$operation: $when', (row) => expectRecorded(wire, row));
