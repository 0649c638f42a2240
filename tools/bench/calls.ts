import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { LoggedCall } from '../../local/wire/interception';
import { LocalAws } from '../../local/local-aws';
import { CloudFormationClient } from '../compare/cloudformation-client';
import { type Variant, type Version, synthesize } from '../compare/versions';
import { type Approach, awsCustomResource, ours } from '../approaches';
import { PLACE } from './fleet';
import { type Cell, markdownTable } from '../table';

interface Step {
  /** Undefined if the step only prepares the next one. */
  readonly title?: string;
  readonly version: Version;
  /** In seconds. */
  readonly rotationTime: number;
}

interface Series {
  /** A faster clock inflates the machine's own time, so only steps that mostly wait are sped up. */
  readonly timeScale: number;
  readonly steps: readonly Step[];
}

const SERIES: readonly Series[] = [
  {
    timeScale: 1,
    steps: [
      { title: 'first deployment, rotation of 0 s', version: { token: 'A' }, rotationTime: 0 },
      { title: 'new token, rotation of 0 s', version: { token: 'B' }, rotationTime: 0 },
      { title: 'Update without a new token', version: { token: 'B', serviceTimeout: 900 }, rotationTime: 0 },
    ],
  },
  {
    timeScale: 10,
    steps: [
      { version: { token: 'A' }, rotationTime: 0 },
      { title: 'new token, rotation of 110 s', version: { token: 'B' }, rotationTime: 110 },
    ],
  },
];

/** The function's exact calls in each deployment, and how long Lambda runs it. */
export async function callsPerRotation(scratch: string): Promise<string> {
  const rows: Cell[][] = [];
  for (const series of SERIES) rows.push(...(await measureSeries(series, scratch)));
  return markdownTable(['deployment', 'by', 'KMS', 'of these', 'Parameter Store', 'of these', 'Lambda s'], rows);
}

async function measureSeries({ timeScale, steps }: Series, scratch: string): Promise<Cell[][]> {
  const aws = await LocalAws.start({ ...PLACE, accountId: PLACE.account, timeScale });
  try {
    const contenders = [ours, awsCustomResource].map((contender) => ({
      contender,
      keyArn: aws.kms.createKey(PLACE.region).arn,
    }));
    const variants = contenders.flatMap(({ contender, keyArn }) =>
      steps.map((step, index) => variantOf(contender, keyArn, step, index)),
    );
    const client = new CloudFormationClient(
      aws,
      PLACE,
      synthesize(variants, PLACE, mkdtempSync(join(scratch, 'calls-'))),
    );
    const rows: Cell[][] = [];
    for (const [index, step] of steps.entries()) {
      aws.kms.settings.rotationTime = step.rotationTime * 1000;
      for (const { contender, keyArn } of contenders) {
        const cells = await measure(aws, () =>
          client.deploy(contender.name, variantOf(contender, keyArn, step, index).name),
        );
        if (step.title !== undefined) rows.push([step.title, contender.name, ...cells]);
      }
    }
    return rows;
  } finally {
    await aws.stop();
  }
}

function variantOf(contender: Approach, keyArn: string, { version }: Step, index: number): Variant {
  return { name: `${contender.name}-${index}`, contender, keyArn, version };
}

async function measure(aws: LocalAws, deploy: () => Promise<string>): Promise<Cell[]> {
  const [calls, invocations] = [aws.calls.length, aws.lambda.invocations.length];
  const status = await deploy();
  if (!/^(CREATE|UPDATE)_COMPLETE$/.test(status)) throw new Error(`The stack is in ${status}`);
  const made = aws.calls.slice(calls);
  const run = aws.lambda.invocations.slice(invocations);
  const milliseconds = run.reduce((sum, { startedAt, endedAt = aws.clock.now() }) => sum + endedAt - startedAt, 0);
  return [...ofService(made, 'kms'), ...ofService(made, 'ssm'), (milliseconds / 1000).toFixed(1)];
}

/** Counts the function's calls. CloudFormation reads a parameter, too, but not as a role. */
function ofService(calls: readonly LoggedCall[], name: string): [number, string] {
  const operations = calls
    .filter(({ service, caller }) => service === name && caller.roleArn !== undefined)
    .map(({ operation }) => operation);
  const kinds = [...new Set(operations)].map(
    (kind) => `${operations.filter((operation) => operation === kind).length} ${kind}`,
  );
  return [operations.length, kinds.join(', ') || '–'];
}
