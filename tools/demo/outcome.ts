import type { Stack } from '../../local/cloudformation/stack';
import type { LocalAws } from '../../local/local-aws';
import type { CdkRun } from './cdk-cli';
import { type Expectation, STACK } from './story';

/** The state of the stack and its key. */
export interface Snapshot {
  /** The stack's status. */
  readonly stack: string;
  /** Finds the stack even after it is deleted. */
  readonly stackId?: string;
  /** Calls of RotateKeyOnDemand so far. */
  readonly calls: number;
  readonly rotations: number;
  readonly material: string;
}

/** The outcome of one command. */
export interface Outcome {
  readonly after: Snapshot;
  readonly succeeded: boolean;
  /** Calls of RotateKeyOnDemand during the command. */
  readonly calls: number;
  readonly newMaterial: boolean;
  readonly output: string;
}

export const NO_STACK_YET: Snapshot = { stack: 'none', calls: 0, rotations: 0, material: '' };

/** Asks the services instead of trusting the command's output. */
export function takeSnapshot(aws: LocalAws, region: string, before: Snapshot): Snapshot {
  const stack = stackOf(aws, before);
  const key = aws.kms.keys(region).find(({ kmsKey }) => kmsKey.keySpec === 'SYMMETRIC_DEFAULT');
  return {
    stack: stack?.status ?? 'none',
    stackId: stack?.id,
    calls: aws.calls.filter(({ operation }) => operation === 'RotateKeyOnDemand').length,
    rotations: key?.rotations.filter(({ type }) => type === 'ON_DEMAND').length ?? 0,
    material: key?.currentMaterialId ?? '',
  };
}

/** The story's stack, even after it is deleted. */
export function stackOf(aws: LocalAws, { stackId = STACK }: Snapshot): Stack | undefined {
  try {
    return aws.cloudFormation.stack(stackId);
  } catch {
    return undefined;
  }
}

export function outcome(run: CdkRun, before: Snapshot, after: Snapshot): Outcome {
  return {
    after,
    calls: after.calls - before.calls,
    succeeded: run.exitCode === 0,
    newMaterial: after.rotations > 0 && after.material !== before.material,
    output: run.lines.join('\n'),
  };
}

/** A sentence for each difference from the expectation. */
export function differences(expected: Expectation, actual: Outcome): string[] {
  const compare = (what: string, wanted: string | number | boolean, got: string | number | boolean) =>
    wanted === got ? [] : [`${what}: expected ${String(wanted)}, but got ${String(got)}`];
  return [
    ...compare('the command succeeds', expected.succeeds, actual.succeeded),
    ...compare('the stack is in', expected.stack, actual.after.stack),
    ...compare('calls of RotateKeyOnDemand', expected.calls, actual.calls),
    ...compare("rotations in KMS's history", expected.rotations, actual.after.rotations),
    ...compare('the key has new material', expected.newMaterial, actual.newMaterial),
    ...(expected.says ?? []).flatMap((words) =>
      compare(`the command says "${words}"`, true, actual.output.includes(words)),
    ),
  ];
}
