/**
 * CDK metrics of rotations. The handler emits them in the lines that log its answers.
 */
import { aws_cloudwatch as cloudwatch } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { METRICS, METRIC_NAMESPACE } from './protocol';

/** The slowest rotation, and the key with the fewest rotations left; the others are counts. */
const STATISTICS: Readonly<Record<string, string>> = {
  [METRICS.rotations]: cloudwatch.Stats.SUM,
  [METRICS.failures]: cloudwatch.Stats.SUM,
  [METRICS.secondsUntilInForce]: cloudwatch.Stats.MAXIMUM,
  [METRICS.remainingRotations]: cloudwatch.Stats.MINIMUM,
};

/** The metric in the Region where the construct is deployed. */
export function rotationMetric(
  of: IConstruct,
  metricName: string,
  dimensions: Record<string, string>,
  props?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return regionalMetric(metricName, dimensions, props).attachTo(of);
}

/** The metric in the Region where it is used. Additional dimensions narrow it down. */
export function regionalMetric(
  metricName: string,
  dimensions: Record<string, string>,
  props?: cloudwatch.MetricOptions,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    statistic: STATISTICS[metricName],
    ...props,
    dimensionsMap: { ...dimensions, ...props?.dimensionsMap },
  });
}
