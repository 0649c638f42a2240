/**
 * Metrics of an answer, as members of its log line in CloudWatch's embedded metric format. They need no call, no permission and no time.
 *
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { METRICS, METRIC_DIMENSIONS, METRIC_NAMESPACE } from '../lib/protocol';

export interface MeasuredAnswer {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly functionName: string;
  /** `undefined` if the request names no key. */
  readonly keyId: string | undefined;
  /** The code of the failure that the answer reports. */
  readonly failureCode?: string;
  /** Whether this request rotated the key. */
  readonly rotated: boolean;
  /** From the request until the new material was in force, if this request rotated. */
  readonly secondsUntilInForce?: number;
  /** From the record, and only if this request wrote it. */
  readonly remainingRotations?: number;
}

interface MetricDefinition {
  readonly Name: string;
  readonly Unit: 'Count' | 'Seconds';
}

export function embeddedMetrics(answer: MeasuredAnswer): Record<string, unknown> {
  const { failureCode, keyId } = answer;
  const { function: byFunction, key: byKey, code: byCode } = METRIC_DIMENSIONS;
  const measured = measurements(answer);
  const holders = keyId === undefined ? [[byFunction]] : [[byFunction], [byKey]];
  const directives = [
    directive(
      [[], ...holders],
      measured.map(([definition]) => definition),
    ),
    ...(failureCode === undefined
      ? []
      : [
          directive(
            holders.map((holder) => [...holder, byCode]),
            [count(METRICS.failures)],
          ),
        ]),
  ];
  return {
    _aws: { Timestamp: answer.at, CloudWatchMetrics: directives },
    [byFunction]: answer.functionName,
    ...(keyId !== undefined && { [byKey]: keyId }),
    ...(failureCode !== undefined && { [byCode]: failureCode }),
    ...Object.fromEntries(measured.map(([{ Name }, value]) => [Name, value])),
  };
}

function measurements(answer: MeasuredAnswer): [MetricDefinition, number][] {
  const { failureCode, rotated, secondsUntilInForce, remainingRotations } = answer;
  return [
    [count(METRICS.rotations), rotated ? 1 : 0],
    [count(METRICS.failures), failureCode === undefined ? 0 : 1],
    ...measuredIf({ Name: METRICS.secondsUntilInForce, Unit: 'Seconds' }, secondsUntilInForce),
    ...measuredIf(count(METRICS.remainingRotations), remainingRotations),
  ];
}

function measuredIf(definition: MetricDefinition, value: number | undefined): [MetricDefinition, number][] {
  return value === undefined ? [] : [[definition, value]];
}

function count(Name: string): MetricDefinition {
  return { Name, Unit: 'Count' };
}

function directive(dimensions: string[][], metrics: MetricDefinition[]) {
  return { Namespace: METRIC_NAMESPACE, Dimensions: dimensions, Metrics: metrics };
}
