import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { createColors } from 'picocolors';
import type { Io } from '../../cli/io';
import { run } from '../../cli/program';
import { OnDemandKeyRotationFleet } from '../../lib';
import { LocalAws } from '../../local/local-aws';
import { CloudFormationClient } from '../compare/cloudformation-client';
import { PLACE } from './fleet';
import { type Cell, markdownTable } from '../table';

const KEYS = 41;
const DAY = 24 * 60 * 60_000;
const NAME = 'Fleet';

interface Measured {
  readonly cells: Cell[];
  readonly out: string;
  readonly err: string;
}

/**
 * Calls and seconds of the commands before, during and after the rotation of a fleet, one of whose keys is disabled at first. The local AWS
 * answers within a millisecond or two. BENCH_PAGE names a file to which to write the page for auditors.
 */
export async function commandLine(scratch: string): Promise<string> {
  const aws = await LocalAws.start({ ...PLACE, accountId: PLACE.account, timeScale: 'virtual', rotationTime: 112 });
  Object.assign(process.env, aws.environment);
  try {
    const archive = aws.kms.createKey(PLACE.region);
    aws.kms.createAlias(PLACE.region, 'alias/archive', archive.arn);
    const assemblies = new Map(['2026-q3', '2026-q4'].map((token) => [token, synthesize(token, archive.arn, scratch)]));
    const [first = '', second = ''] = [...assemblies.values()];
    const rows: Cell[][] = [];
    const add = async (title: string, args: readonly string[]) => {
      const { cells, out } = await measure(aws, args);
      rows.push([title, ...cells]);
      return out;
    };

    await add(`plan, ${KEYS} keys that are yet to be made`, ['plan', '--app', first]);
    await deploy(aws, first);
    aws.clock.skip(70 * DAY);
    archive.update({ enabled: false });
    await add(`plan, ${KEYS} keys, one of them disabled`, ['plan', '--app', second]);
    const [watched, status] = await Promise.all([
      measure(aws, ['status', '--watch', '--stack', NAME]),
      deploy(aws, second),
    ]);
    rows.push([`status --watch, until ${status}`, ...watched.cells]);
    archive.update({ enabled: true });
    await deploy(aws, second);
    await add(`status, ${KEYS} keys`, ['status']);
    aws.clock.skip(DAY);
    const from = new Date(aws.clock.now() - 90 * DAY).toISOString();
    const page = await add(`evidence for a quarter, ${KEYS} keys`, ['evidence', '--from', from, '--output', 'html']);
    if (process.env.BENCH_PAGE !== undefined) writeFileSync(process.env.BENCH_PAGE, page);
    return markdownTable(['command', 'calls', 'of these', 'seconds', 'said'], rows);
  } finally {
    await aws.stop();
  }
}

function synthesize(rotationToken: string, archiveArn: string, scratch: string): string {
  const app = new App({ outdir: mkdtempSync(join(scratch, 'fleet-')) });
  const stack = new Stack(app, NAME, { env: PLACE });
  for (let n = 1; n < KEYS; n++) new kms.Key(stack, `Key${n}`, { alias: `key-${n}` });
  new OnDemandKeyRotationFleet(stack, 'Rotations', { rotationToken, rotateOnCreate: true, keyArns: [archiveArn] });
  return app.synth().directory;
}

function deploy(aws: LocalAws, assembly: string): Promise<string> {
  return aws.clock.work(() => new CloudFormationClient(aws, PLACE, assembly).deploy(NAME, NAME));
}

async function measure(aws: LocalAws, args: readonly string[]): Promise<Measured> {
  const printed = { out: '', err: '' };
  const before = aws.calls.length;
  const startedAt = process.hrtime.bigint();
  const exitCode = await aws.clock.work(() => run(args, terminal(aws, printed)));
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const ours = aws.calls.slice(before).filter(({ userAgent, caller }) => isOurs(userAgent, caller.roleArn));
  const operations = [...new Set(ours.map(({ operation }) => operation))].map(
    (name) => `${ours.filter(({ operation }) => operation === name).length} ${name}`,
  );
  const said = printed.err.trim().split('\n').at(-1) ?? '';
  return { cells: [ours.length, operations.join(', '), seconds.toFixed(1), `${exitCode}: ${said}`], ...printed };
}

/** Excludes the handler's calls, which have a role, and the deployment's, which have no SDK user agent. */
function isOurs(userAgent: string, roleArn: string | undefined): boolean {
  return roleArn === undefined && userAgent.startsWith('aws-sdk-js/');
}

function terminal(aws: LocalAws, printed: { out: string; err: string }): Io {
  return {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
    colors: createColors(false),
    isWatched: false,
    ask: () => Promise.resolve(undefined),
    now: () => aws.clock.now(),
    sleep: (milliseconds) => aws.clock.sleep(milliseconds),
    random: () => Math.random(),
    interrupted: new AbortController().signal,
  };
}
