import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Call, type Environment, type Operation, ServiceError } from '../wire/service';
import { withStrings } from './deployment-context';
import { exists } from './resource-operations';
import type { Properties } from './resource-type';
import type { Stack } from './stack';
import type { Stacks } from './stacks';
import { validationError } from './template';

interface DriftInput {
  readonly StackName?: string;
  readonly StackDriftDetectionId?: string;
}

interface PropertyDifference {
  readonly PropertyPath: string;
  readonly ExpectedValue: string;
  readonly ActualValue: string;
  readonly DifferenceType: 'NOT_EQUAL';
}

interface ResourceDrift {
  readonly StackId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId: string;
  readonly ResourceType: string;
  readonly ExpectedProperties: string;
  readonly ActualProperties?: string;
  readonly PropertyDifferences: readonly PropertyDifference[];
  readonly StackResourceDriftStatus: 'IN_SYNC' | 'MODIFIED' | 'DELETED';
  readonly Timestamp: Date;
}

/**
 * Drift detection, for the types that can be read back; custom resources cannot, as on AWS.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
 */
export function driftOperations({ clock }: Environment, stacks: Stacks): Record<string, Operation> {
  const detections = new Map<string, { readonly stack: Stack; readonly drifts: readonly ResourceDrift[] }>();
  const stackOf = (call: Call): Stack => stacks.named(call.region, inputOf(call).StackName ?? '');
  return {
    DetectStackDrift: (call) => {
      const stack = stackOf(call);
      if (stack.inProgress || !stack.processed) {
        throw validationError(`Drift detection cannot be performed on stack [${stack.name}] in status ${stack.status}`);
      }
      const now = new Date(clock.now());
      const drifts = detect(stacks, stack, now);
      const drifted = drifts.some(({ StackResourceDriftStatus }) => StackResourceDriftStatus !== 'IN_SYNC');
      stack.drift = { StackDriftStatus: drifted ? 'DRIFTED' : 'IN_SYNC', LastCheckTimestamp: now };
      drifts.forEach(({ LogicalResourceId, StackResourceDriftStatus }) => {
        const record = stack.resources.get(LogicalResourceId);
        if (record) {
          stack.keep({ ...record, drift: { StackResourceDriftStatus, LastCheckTimestamp: now } });
        }
      });
      const id = randomUUID();
      detections.set(id, { stack, drifts });
      return { StackDriftDetectionId: id };
    },
    DescribeStackDriftDetectionStatus: (call) => {
      const { StackDriftDetectionId = '' } = inputOf(call);
      const detection = detections.get(StackDriftDetectionId);
      if (!detection) {
        throw validationError(`Drift detection ID ${StackDriftDetectionId} does not exist`);
      }
      const { stack, drifts } = detection;
      return {
        StackId: stack.id,
        StackDriftDetectionId,
        StackDriftStatus: stack.drift.StackDriftStatus,
        DetectionStatus: 'DETECTION_COMPLETE',
        DriftedStackResourceCount: drifts.filter((each) => each.StackResourceDriftStatus !== 'IN_SYNC').length,
        Timestamp: stack.drift.LastCheckTimestamp,
      };
    },
    DescribeStackResourceDrifts: (call) => {
      const stack = stackOf(call);
      const last = [...detections.values()].findLast((detection) => detection.stack === stack);
      return { StackResourceDrifts: last?.drifts ?? [] };
    },
  };
}

function detect(stacks: Stacks, stack: Stack, now: Date): ResourceDrift[] {
  const context = stacks.contextOf(stack);
  return [...stack.resources.values()].filter(exists).flatMap((record) => {
    const type = context.typeNamed(record.type);
    if (!type.read) {
      return [];
    }
    const actual = unlessGone(() => type.read?.(stack.place(record.logicalId, record.type), record.physicalId));
    const differences = actual ? differencesOf(record.properties, actual) : [];
    const status = actual ? (differences.length > 0 ? 'MODIFIED' : 'IN_SYNC') : 'DELETED';
    return [
      {
        StackId: stack.id,
        LogicalResourceId: record.logicalId,
        PhysicalResourceId: record.physicalId,
        ResourceType: record.type,
        ExpectedProperties: JSON.stringify(record.properties),
        ActualProperties: actual && JSON.stringify({ ...record.properties, ...actual }),
        PropertyDifferences: differences,
        StackResourceDriftStatus: status,
        Timestamp: now,
      },
    ];
  });
}

/** `undefined` if the service cannot find the resource. */
function unlessGone(read: () => Properties | undefined): Properties | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ServiceError && error.code.includes('NotFound')) {
      return undefined;
    }
    throw error;
  }
}

/** Only properties in the template can drift. */
function differencesOf(expected: Properties, actual: Properties): PropertyDifference[] {
  return Object.keys(actual)
    .filter((name) => Object.hasOwn(expected, name))
    .map((name) => [name, withStrings(expected[name]), withStrings(actual[name])] as const)
    .filter(([, before, after]) => !isDeepStrictEqual(before, after))
    .map(([name, before, after]) => ({
      PropertyPath: `/${name}`,
      ExpectedValue: textOf(before),
      ActualValue: textOf(after),
      DifferenceType: 'NOT_EQUAL',
    }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function inputOf({ input }: Call): DriftInput {
  return input;
}
