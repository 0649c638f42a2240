/**
 * Shows the life of a key in seven commands of the real `cdk`, on a local AWS in this process. Exits with 1 on any
 * difference from `story`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalAws } from '../local/local-aws';
import { CdkCli } from './demo/cdk-cli';
import { excerpt } from './demo/cdk-output';
import { EventFeed } from './demo/event-feed';
import { NO_STACK_YET, type Outcome, type Snapshot, differences, outcome, stackOf, takeSnapshot } from './demo/outcome';
import { type Act, story } from './demo/story';
import { Terminal } from './demo/terminal';

const REGION = 'eu-central-1';

/** Shortens what takes minutes on AWS: a rotation, and an Update's wait for a ledger that may lag. */
const TIME_SCALE = 20;
const ROTATION_TIME = 40;
/** Measured on two idle cores. */
const USUAL_SECONDS = 30;
const PROJECT = join(__dirname, '..');

const terminal = new Terminal(process.stdout, process.env);

interface Stage {
  readonly aws: LocalAws;
  readonly cdk: CdkCli;
  /** A directory that is removed with the demo. */
  readonly scratch: string;
}

interface Played {
  readonly act: Act;
  readonly actual: Outcome;
  readonly differences: readonly string[];
}

async function main(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'on-demand-key-rotation-demo-'));
  const aws = await LocalAws.start({ region: REGION, rotationTime: ROTATION_TIME, timeScale: TIME_SCALE });
  const cdk = new CdkCli(aws.environment, PROJECT);
  const end = async () => {
    terminal.rest();
    cdk.stop();
    await aws.stop();
    rmSync(scratch, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => void end().finally(() => process.exit(128 + constants.signals[signal])));
  }
  try {
    process.exitCode = await runStory({ aws, cdk, scratch });
  } finally {
    await end();
  }
}

/** Returns the exit code. */
async function runStory(stage: Stage): Promise<number> {
  const { aws } = stage;
  const startedAt = Date.now();
  terminal.say(
    'One token, one rotation: the real `cdk` command deploys bin/example.ts, and the key it makes is rotated.',
    'bold',
  );
  terminal.say(
    `The AWS is a local one on loopback (${aws.url}) with a fast clock. It takes about ${USUAL_SECONDS} seconds.`,
  );

  const ineligible = aws.kms.createKey(REGION, {
    keySpec: 'HMAC_256',
    description: 'Demo: a key that cannot be rotated',
  });
  const acts = story(ineligible.arn);
  const played: Played[] = [];
  for (const [index, act] of acts.entries()) {
    terminal.gap();
    terminal.say(act.title, 'bold', `${index + 1}. `);
    played.push(await play(act, played.at(-1)?.actual.after ?? NO_STACK_YET, stage));
  }
  terminal.gap();
  summarize(played);
  return verdict(played, (Date.now() - startedAt) / 1000);
}

async function play(act: Act, before: Snapshot, { aws, cdk, scratch }: Stage): Promise<Played> {
  terminal.say(`$ cdk ${act.command.join(' ')}`, 'cyan', '   ');
  const startedAt = Date.now();
  const seconds = () => (Date.now() - startedAt) / 1000;
  const feed = new EventFeed(
    aws,
    () => stackOf(aws, before),
    ({ where, what, isBad }) => {
      terminal.event(seconds(), where, what, isBad ? 'yellow' : where === 'KMS' ? 'green' : undefined);
    },
  );
  terminal.busy(`cdk ${act.command[0] ?? ''}`);
  const run = await cdk.run([...act.command, '--output', join(scratch, 'cdk.out')]).finally(() => {
    feed.end();
    terminal.rest();
  });
  const actual = outcome(run, before, takeSnapshot(aws, REGION, before));
  const found = differences(act.expected, actual);
  if (act.quotes) for (const line of excerpt(run.lines)) terminal.say(line, 'dim', '   │ ');
  report(actual, found, seconds());
  return { act, actual, differences: found };
}

function report(actual: Outcome, found: readonly string[], seconds: number): void {
  if (found.length === 0) {
    const { calls, after } = actual;
    terminal.say(
      `as expected: ${after.stack}, ${calls} ${calls === 1 ? 'call' : 'calls'} of RotateKeyOnDemand (${seconds.toFixed(1)} s)`,
      'green',
      '   ✓ ',
    );
    return;
  }
  for (const difference of found) terminal.say(difference, 'red', '   ✗ ');
  terminal.say('What the command wrote:', undefined, '     ');
  for (const line of actual.output.split('\n')) terminal.say(line, 'dim', '     | ');
}

function summarize(played: readonly Played[]): void {
  const header = ['', 'token', 'stack', 'calls', 'total', 'material'];
  const rows = played.map(({ act, actual }, index) => [
    String(index + 1),
    act.token,
    actual.after.stack,
    String(actual.calls),
    String(actual.after.rotations),
    `${actual.after.material.slice(0, 6)}${actual.newMaterial ? '*' : ''}`,
  ]);
  terminal.table(header, rows);
  terminal.say('calls of RotateKeyOnDemand by this command, rotations of the key in total, * new material', 'dim');
}

function verdict(played: readonly Played[], seconds: number): number {
  const wrong = played.flatMap((each, index) => (each.differences.length > 0 ? [index + 1] : []));
  terminal.gap();
  if (wrong.length > 0) {
    terminal.say(
      `NOT as expected: ${wrong.length === 1 ? 'command' : 'commands'} ${wrong.join(', ')}. See ✗ above.`,
      'red',
    );
    return 1;
  }
  const calls = played.reduce((sum, { actual }) => sum + actual.calls, 0);
  terminal.say(
    `As expected: ${played.length} commands, 3 tokens spent, ${calls} calls of RotateKeyOnDemand. It took ${seconds.toFixed(0)} s.`,
    'green',
  );
  return 0;
}

main().catch((error: unknown) => {
  terminal.rest();
  console.error(error);
  process.exitCode = 1;
});
