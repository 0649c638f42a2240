import { logLine } from '../../../lambda/log-line';

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const AT = Date.UTC(2026, 10, 28, 12);

const message = (record: Record<string, unknown>): unknown =>
  (JSON.parse(logLine(record, undefined, AT)) as { message: unknown }).message;

test('a line has a message for people, the whole record for queries, and additional members at the top level', () => {
  const record = { message: 'Answer', status: 'SUCCESS', requestId: 'of CloudFormation', keyArn: KEY_ARN };
  expect(JSON.parse(logLine(record, { requestId: 'of Lambda', Rotations: 1 }, AT))).toEqual({
    timestamp: '2026-11-28T12:00:00.000Z',
    level: 'INFO',
    requestId: 'of Lambda',
    Rotations: 1,
    message: '1234abcd Answer: SUCCESS',
    detail: record,
  });
});

test.each([
  [{ message: 'Request', type: 'Update', keyArn: KEY_ARN, tokenDigest: 'a7937b64' }, '1234abcd Request: Update'],
  [{ message: 'Step', step: 'record', why: 'claimed', keyArn: KEY_ARN }, '1234abcd Step: record, claimed'],
  [{ message: 'RotateKeyOnDemand', keyArn: KEY_ARN, acceptedAt: AT }, '1234abcd RotateKeyOnDemand: accepted'],
  [{ message: 'RotateKeyOnDemand', keyArn: KEY_ARN, unknownAt: AT }, '1234abcd RotateKeyOnDemand: no clear answer'],
  [{ message: 'RotateKeyOnDemand', keyArn: KEY_ARN, notBefore: {} }, '1234abcd RotateKeyOnDemand: refused for now'],
  [{ message: 'RotateKeyOnDemand', keyArn: KEY_ARN }, '1234abcd RotateKeyOnDemand'],
  [
    { message: 'Answer', status: 'SUCCESS', keyArn: KEY_ARN, outcome: 'ROTATED', what: 'Rotated, with 24 left' },
    '1234abcd Answer: SUCCESS, Rotated, with 24 left',
  ],
  [
    { message: 'Answer', status: 'FAILED', keyArn: KEY_ARN, code: 'KeyDisabled', verdict: 'NOT ROTATED', reason: '…' },
    '1234abcd Answer: FAILED, [KeyDisabled] NOT ROTATED',
  ],
  [{ message: 'The ledger could not be used', error: 'TimeoutError' }, 'The ledger could not be used: TimeoutError'],
])('the message of %j is %s', (record, text) => {
  expect(message(record)).toBe(text);
});
