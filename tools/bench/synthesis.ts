import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { awsCustomResource, ours, providerFramework } from '../approaches';
import { type Cell, markdownTable } from '../table';
import { median, ratio } from './statistics';

/** CloudFormation's limits for a stack. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX = { resources: 500, bytes: 1_000_000 };

interface Synthesis {
  readonly seconds: number;
  readonly resources: number;
  readonly bytes: number;
}

/** Resources and bytes of the template, which are exact. */
export async function templateSizes(scratch: string): Promise<string> {
  const rows: Cell[][] = [];
  for (const keys of [1, 3, 100, 400]) {
    const own = await synthesize(ours.name, keys, scratch);
    rows.push(sizeRow(ours.name, keys, own, own));
    for (const { name } of [awsCustomResource, providerFramework])
      rows.push(sizeRow(name, keys, await synthesize(name, keys, scratch), own));
  }
  return markdownTable(
    ['keys', 'by', 'resources', 'to ours', 'template bytes', 'to ours', 'fits into one stack'],
    rows,
  );
}

function sizeRow(name: string, keys: number, { resources, bytes }: Synthesis, own: Synthesis): Cell[] {
  const fits = resources <= MAX.resources && bytes <= MAX.bytes;
  return [keys, name, resources, ratio(resources, own.resources), bytes, ratio(bytes, own.bytes), fits ? 'yes' : 'no'];
}

/** Median seconds from the start to the end of an app's process. */
export async function synthTimes(scratch: string, runs: number): Promise<string> {
  const rows: Cell[][] = [];
  for (const keys of [1, 100, 400]) {
    const names = ['nothing', ours.name, awsCustomResource.name];
    const seconds = new Map<string, number[]>(names.map((name) => [name, []]));
    for (let run = 0; run < runs; run++) {
      for (const name of names) seconds.get(name)?.push((await synthesize(name, keys, scratch)).seconds);
    }
    const medians = names.map((name) => median(seconds.get(name) ?? []));
    const [empty = NaN, own = NaN, theirs = NaN] = medians;
    rows.push([keys, ...medians.map((value) => value.toFixed(2)), ratio(own, empty), ratio(own, theirs)]);
  }
  return markdownTable(
    ['keys', 'empty app, s', 'ours, s', 'AwsCustomResource, s', 'ours to empty', 'ours to theirs'],
    rows,
  );
}

/** Runs the app in a separate process. An unknown contender rotates nothing. */
async function synthesize(contender: string, keys: number, scratch: string): Promise<Synthesis> {
  const outdir = join(scratch, `${contender.replaceAll(' ', '-')}-${keys}`);
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(__dirname, 'synth-app.js'), contender, String(keys)], {
    // Hides the CDK's messages about templates beyond the limits.
    stdio: 'ignore',
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: '{}' },
  });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  const seconds = (performance.now() - startedAt) / 1000;
  if (exitCode !== 0) throw new Error(`The app with ${keys} × ${contender} ended with ${exitCode ?? 'a signal'}`);
  const template = readFileSync(join(outdir, 'Fleet.template.json'), 'utf8');
  const { Resources = {} } = JSON.parse(template) as { readonly Resources?: object };
  return { seconds, resources: Object.keys(Resources).length, bytes: Buffer.byteLength(template) };
}
