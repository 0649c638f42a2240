import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Key } from '../../local/kms/key';
import { LocalAws } from '../../local/local-aws';
import { synthesize } from '../compare/versions';
import { type Approach, awsCustomResource, ours } from '../approaches';
import { CdkCli } from '../demo/cdk-cli';
import { PLACE } from './fleet';
import { type Cell, markdownTable } from '../table';
import { median, ratio } from './statistics';

interface Deployments {
  readonly contender: Approach;
  /** One stack per contender, so that both can rotate the key. */
  readonly stack: string;
  /** An assembly for each token, synthesized beforehand. */
  readonly assemblies: readonly string[];
}

/** Median seconds of a whole `cdk deploy` of a new token, from a synthesized app, in real time. */
export async function deployTimes(scratch: string, runs: number): Promise<string> {
  const rows: Cell[][] = [];
  for (const rotationTime of [0, 2]) {
    const [nothing, own, theirs] = await withLocalAws(rotationTime, scratch, (aws, cdk) =>
      timesOn(aws, cdk, scratch, runs),
    );
    rows.push([
      `${rotationTime} s`,
      seconds(nothing),
      seconds(own),
      seconds(theirs),
      ratio(own, theirs),
      ratio(own, nothing),
      seconds(own - theirs - rotationTime),
    ]);
  }
  const header = [
    'a rotation takes',
    'no change, s',
    'ours, s',
    'AwsCustomResource, s',
    'ours to theirs',
    'ours to no change',
    'ours beyond theirs and the rotation, s',
  ];
  return markdownTable(header, rows);
}

const seconds = (value: number): string => value.toFixed(2);

async function timesOn(
  aws: LocalAws,
  cdk: CdkCli,
  scratch: string,
  runs: number,
): Promise<[nothing: number, own: number, theirs: number]> {
  const key = aws.kms.createKey(PLACE.region);
  const [own, theirs] = [prepare(ours, key, scratch, runs), prepare(awsCustomResource, key, scratch, runs)];
  const deploy = async ({ stack, assemblies }: Deployments, version: number): Promise<number> => {
    const startedAt = performance.now();
    const { exitCode, lines } = await cdk.run([
      'deploy',
      '--app',
      assemblies[version] ?? '',
      '--require-approval=never',
      stack,
    ]);
    if (exitCode !== 0) throw new Error(lines.join('\n'));
    const took = (performance.now() - startedAt) / 1000;
    // `AwsCustomResource` does not wait for its rotation, but the next one would have to.
    while (key.kmsKey.underway.length > 0) await aws.clock.sleep(100);
    return took;
  };
  const times = { nothing: [] as number[], own: [] as number[], theirs: [] as number[] };
  await deploy(own, 0);
  await deploy(theirs, 0);
  for (let run = 1; run <= runs; run++) {
    times.own.push(await deploy(own, run));
    times.theirs.push(await deploy(theirs, run));
    times.nothing.push(await deploy(own, run));
  }
  return [median(times.nothing), median(times.own), median(times.theirs)];
}

function prepare(contender: Approach, key: Key, scratch: string, runs: number): Deployments {
  const stack = `Deploys-${contender.name}`;
  const assemblies = Array.from({ length: runs + 1 }, (_, run) =>
    synthesize([{ name: stack, contender, keyArn: key.arn, version: { token: `token-${run}` } }], PLACE, scratch),
  );
  return { contender, stack, assemblies };
}

async function withLocalAws<T>(
  rotationTime: number,
  scratch: string,
  act: (aws: LocalAws, cdk: CdkCli) => Promise<T>,
): Promise<T> {
  const aws = await LocalAws.start({ ...PLACE, accountId: PLACE.account, rotationTime });
  const cdk = new CdkCli(aws.environment, mkdtempSync(join(scratch, 'deploys-')));
  try {
    return await act(aws, cdk);
  } finally {
    cdk.stop();
    await aws.stop();
  }
}
