import { type MeasuredAnswer, embeddedMetrics } from '../../../lambda/metrics';

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

test('a rotation is counted in total, by function and by key, with its duration and the remaining rotations', () => {
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

test('a failure is also counted by its code, for its function and its key', () => {
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
  ['a malformed request', { keyId: undefined, failureCode: 'MalformedRequest' }],
])('every declared dimension and metric has a value: %s', (_, answer) => {
  const line = embeddedMetrics({ ...ANSWER, ...answer });
  for (const { Dimensions, Metrics } of directives(answer)) {
    for (const name of Dimensions.flat()) expect(line[name]).toEqual(expect.any(String));
    for (const { Name } of Metrics) expect(line[Name]).toEqual(expect.any(Number));
  }
});

test('a request without a key is not counted by key', () => {
  expect(directives({ keyId: undefined }).flatMap(({ Dimensions }) => Dimensions)).toEqual([[], ['FunctionName']]);
});
