import type { Baseline, Rotated } from '../../../lambda/ledger-record';
import { type MeasuredAnswer, embeddedMetrics, measurementsOf } from '../../../lambda/metrics';
import { record } from './situations';

const ANSWER: MeasuredAnswer = { at: 1_800_000_000_000, functionName: 'rotator', keyId: '1234abcd', rotated: false };

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}

function directives(answer: Partial<MeasuredAnswer>): readonly Directive[] {
  const { _aws } = embeddedMetrics({ ...ANSWER, ...answer }) as { _aws: { CloudWatchMetrics: Directive[] } };
  return _aws.CloudWatchMetrics;
}

test('a rotation is counted by nothing, by function and by key, with how long it took and what is left', () => {
  expect(embeddedMetrics({ ...ANSWER, rotated: true, secondsUntilInForce: 41.5, remainingRotations: 19 })).toEqual({
    _aws: {
      Timestamp: 1_800_000_000_000,
      CloudWatchMetrics: [
        {
          Namespace: 'OnDemandKeyRotation',
          Dimensions: [[], ['FunctionName'], ['KeyId']],
          Metrics: [
            { Name: 'Rotations', Unit: 'Count' },
            { Name: 'Failures', Unit: 'Count' },
            { Name: 'SecondsUntilInForce', Unit: 'Seconds' },
            { Name: 'RemainingRotations', Unit: 'Count' },
          ],
        },
      ],
    },
    FunctionName: 'rotator',
    KeyId: '1234abcd',
    Rotations: 1,
    Failures: 0,
    SecondsUntilInForce: 41.5,
    RemainingRotations: 19,
  });
});

test('a failure is counted by its code too, within function and key', () => {
  expect(embeddedMetrics({ ...ANSWER, failureCode: 'KeyDisabled' })).toMatchObject({
    Code: 'KeyDisabled',
    Rotations: 0,
    Failures: 1,
  });
  expect(directives({ failureCode: 'KeyDisabled' })[1]).toEqual({
    Namespace: 'OnDemandKeyRotation',
    Dimensions: [
      ['FunctionName', 'Code'],
      ['KeyId', 'Code'],
    ],
    Metrics: [{ Name: 'Failures', Unit: 'Count' }],
  });
});

test.each<[string, Partial<MeasuredAnswer>]>([
  ['a spent token', {}],
  ['a rotation', { rotated: true, secondsUntilInForce: 0, remainingRotations: 0 }],
  ['a failure', { failureCode: 'KeyDisabled' }],
  ['a request that cannot be read', { keyId: undefined, failureCode: 'MalformedRequest' }],
])('every dimension and metric that is named has a value: %s', (_, answer) => {
  const line = embeddedMetrics({ ...ANSWER, ...answer });
  for (const { Dimensions, Metrics } of directives(answer)) {
    for (const name of Dimensions.flat()) expect(line[name]).toEqual(expect.any(String));
    for (const { Name } of Metrics) expect(line[Name]).toEqual(expect.any(Number));
  }
});

test('without a key nothing is counted by key', () => {
  expect(directives({ keyId: undefined }).flatMap(({ Dimensions }) => Dimensions)).toEqual([[], ['FunctionName']]);
});

describe('a success', () => {
  const claim = record(1, 'claimed', { recordedAt: '2026-11-22T10:00:00.250Z' });
  const rotated = (rotationDate?: string) =>
    record(2, 'rotated', { ends: 1, rotationDate, remainingRotations: 7 }) as Rotated;

  test.each([
    ['2026-11-22T10:02:11.000Z', 130.75],
    // By the clock of KMS it may have been over before it was claimed by ours.
    ['2026-11-22T10:00:00.000Z', 0],
    [undefined, undefined],
  ])('that rotated by %s took %p seconds since its claim', (date, secondsUntilInForce) => {
    const end = rotated(date);
    expect(measurementsOf('ROTATED', [claim, end], end)).toEqual({
      rotated: true,
      secondsUntilInForce,
      remainingRotations: 7,
    });
  });

  test('that recorded a baseline tells what is left', () => {
    const baseline = record(1, 'baseline', { remainingRotations: 25 }) as Baseline;
    expect(measurementsOf('BASELINE', [baseline], baseline)).toEqual({ rotated: false, remainingRotations: 25 });
  });

  test('of a token that was used up before tells nothing: what was left then is out of date', () => {
    const end = rotated('2026-11-22T10:02:11.000Z');
    expect(measurementsOf('TOKEN_USED', [claim, end], end)).toEqual({ rotated: false });
    expect(measurementsOf('TOKEN_USED', [], undefined)).toEqual({ rotated: false });
  });
});
