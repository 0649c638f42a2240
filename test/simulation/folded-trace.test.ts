import { foldedTrace } from '../../tools/explore/folded-trace';
import type { RecordedEvent } from '../../tools/simulation/record';

const call = (at: number, text: string, invocation = 0): RecordedEvent => ({ at, invocation, kind: 'call', text });

test('successive calls share a line, and repeated lines are shown once', () => {
  const poll = (at: number) => [
    call(at, 'DescribeKey -> Enabled first'),
    call(at + 0.02, 'GetKeyRotationStatus -> at rest'),
    call(at + 0.04, 'ListKeyRotations -> 0 listed'),
  ];
  const trace = foldedTrace([
    { at: 0, invocation: 0, kind: 'event', text: 'Create request-0, token A' },
    ...poll(1),
    ...poll(5),
    ...poll(9),
    call(13, 'DescribeKey -> Enabled material-1'),
    { at: 14, invocation: 0, kind: 'end', text: 'returned' },
  ]);
  expect(trace).toEqual([
    '     0.00 s i0  Create request-0, token A',
    '     1.00 s i0  Enabled, first · at rest · 0 listed',
    '     9.00 s i0  … the same 2 x more, until now',
    '    13.00 s i0  Enabled, material-1',
    '    14.00 s i0  returned',
  ]);
});

test('concurrent invocations are folded separately', () => {
  const polls = [1, 2, 3].flatMap((at) => [
    call(at, 'GetParametersByPath -> claimed', 0),
    call(at + 0.5, 'GetParametersByPath -> claimed', 1),
  ]);
  expect(foldedTrace([...polls, { at: 4, invocation: 1, kind: 'end', text: 'crashed' }])).toEqual([
    '     1.00 s i0  ledger: claimed',
    '     1.50 s i1  ledger: claimed',
    '     3.50 s i1  … the same 2 x more, until now',
    '     4.00 s i1  crashed',
    '     3.00 s i0  … the same 2 x more, until now',
  ]);
});

test('deviations stand out, and keys are shown by their numbers', () => {
  const arn = 'arn:aws:kms:eu-central-1:111122223333:key/00000001-0000-4000-8000-000000000000';
  const reason = `[KeyDisabled] NOT ROTATED. Key ${arn} is disabled.\nRun:\naws kms enable-key`;
  const log = JSON.stringify({ message: 'Answer', status: 'FAILED', reason });
  expect(
    foldedTrace([
      { at: 0, invocation: 0, kind: 'deviation', text: 'DescribeKey: crash before it', index: 7 },
      { at: 0, invocation: 0, kind: 'log', text: log },
      { at: 0, invocation: 0, kind: 'log', text: JSON.stringify({ message: 'Request', keyArn: arn }) },
    ]),
  ).toEqual([
    '     0.00 s i0  *** call #7 DescribeKey: crash before it',
    '     0.00 s i0  answers: FAILED [KeyDisabled] NOT ROTATED. Key 1 is disabled.',
  ]);
});
