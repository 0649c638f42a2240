/** The handler emits the metrics that the constructs name. */
import { App, Stack, aws_cloudwatch as cloudwatch, aws_kms as kms } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type MeasuredAnswer, embeddedMetrics } from '../../../lambda/metrics';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from '../../../lib';

const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const KEY_ARN = `arn:aws:kms:eu-central-1:111122223333:key/${KEY_ID}`;

const stack = new Stack(new App(), 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
  key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
  rotationToken: 'x',
});
const { provider } = rotation;

const METRICS: readonly [
  name: string,
  statistic: string,
  ofRotation: cloudwatch.Metric,
  ofProvider: cloudwatch.Metric,
][] = [
  ['Rotations', 'Sum', rotation.metricRotations(), provider.metricRotations()],
  ['Failures', 'Sum', rotation.metricFailures(), provider.metricFailures()],
  ['SecondsUntilInForce', 'Maximum', rotation.metricSecondsUntilInForce(), provider.metricSecondsUntilInForce()],
  ['RemainingRotations', 'Minimum', rotation.metricRemainingRotations(), provider.metricRemainingRotations()],
];

test.each(METRICS)('%s, by key and by function', (metricName, statistic, ofRotation, ofProvider) => {
  expect(ofRotation).toMatchObject({ metricName, statistic, dimensions: { KeyId: KEY_ID } });
  expect(stack.resolve(ofProvider)).toMatchObject({
    metricName,
    statistic,
    dimensions: { FunctionName: { Ref: 'OnDemandKeyRotationProviderFunction3423B147' } },
  });
  const answer = { rotated: true, secondsUntilInForce: 1, remainingRotations: 1 };
  for (const metric of [ofRotation, ofProvider, OnDemandKeyRotationProvider.metricAll(metricName)])
    expect(isEmitted(metric, answer)).toBe(true);
});

test('failures by code', () => {
  const dimensionsMap = { Code: 'KeyDisabled' };
  for (const metric of [rotation.metricFailures({ dimensionsMap }), provider.metricFailures({ dimensionsMap })])
    expect(isEmitted(metric, { failureCode: 'KeyDisabled' })).toBe(true);
});

test('metrics can have alarms', () => {
  rotation.metricFailures().createAlarm(stack, 'Failed', { threshold: 1, evaluationPeriods: 1 });
  OnDemandKeyRotationProvider.metricAll('RemainingRotations').createAlarm(stack, 'FewLeft', {
    threshold: 6,
    evaluationPeriods: 1,
    comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
  });

  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'OnDemandKeyRotation',
    MetricName: 'Failures',
    Statistic: 'Sum',
    Period: 300,
    Dimensions: [{ Name: 'KeyId', Value: KEY_ID }],
  });
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    Namespace: 'OnDemandKeyRotation',
    MetricName: 'RemainingRotations',
    Statistic: 'Minimum',
  });
});

/** Whether the answer's log line has the metric with exactly its dimensions. */
function isEmitted(metric: cloudwatch.Metric, answer: Partial<MeasuredAnswer>): boolean {
  const line = embeddedMetrics({ at: 0, functionName: 'rotator', keyId: KEY_ID, rotated: false, ...answer });
  const { CloudWatchMetrics: directives } = line._aws as {
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
  };
  const dimensions = Object.keys(metric.dimensions ?? {});
  return directives.some(
    ({ Namespace, Dimensions, Metrics }) =>
      Namespace === metric.namespace &&
      Metrics.some(({ Name }) => Name === metric.metricName) &&
      Dimensions.some((set) => set.length === dimensions.length && set.every((name) => dimensions.includes(name))),
  );
}
