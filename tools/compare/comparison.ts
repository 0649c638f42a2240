import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalAws } from '../../local/local-aws';
import { type Approach, awsCustomResource, ours } from '../approaches';
import { CloudFormationClient } from './cloudformation-client';
import { SITUATIONS, type Situation } from './situations';
import { type Result, Trial } from './trial';
import { type Variant, type Version, synthesize } from './versions';

const PLACE = { account: '123456789012', region: 'eu-central-1' };

/**
 * How long KMS takes to rotate a key, in seconds: the longest that has been seen for a single-Region key of KMS's own. Calls
 * that come earlier are swallowed.
 */
export const ROTATION_TIME = 131;

/**
 * How many times as fast the clock runs: slowly where a call has to come while a rotation is in progress, lest a busy machine
 * miss it; faster elsewhere. Much faster, and the 10 seconds that our calls may take become too short.
 */
const TIME_SCALE = { slow: 12, fast: 30 };

/** Trials under way at a time: they wait much more than they compute. */
const PARALLEL = 24;

export interface ComparedSituation {
  readonly title: string;
  readonly theirs: Result;
  readonly ours: Result;
}

/**
 * Puts both through the same situations, on the same local AWS.
 *
 * @param rotationTime in seconds.
 */
export async function compare(rotationTime: number): Promise<ComparedSituation[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'on-demand-key-rotation-compare-'));
  const start = (timeScale: number) => LocalAws.start({ ...PLACE, accountId: PLACE.account, timeScale });
  const [slow, fast] = [await start(TIME_SCALE.slow), await start(TIME_SCALE.fast)];
  try {
    const pairs = SITUATIONS.map((situation, index) => ({
      situation,
      theirs: trial(situation.isHurried ? slow : fast, awsCustomResource, situation, `Theirs${index}`),
      ours: trial(situation.isHurried ? slow : fast, ours, situation, `Ours${index}`),
    }));
    for (const aws of [slow, fast])
      setRotationTime(
        aws,
        rotationTime,
        pairs.flatMap((pair) => [pair.theirs, pair.ours]),
      );
    const assembly = synthesize(pairs.flatMap(variantsOf), PLACE, scratch);
    return await compareAll(
      pairs,
      new Map([slow, fast].map((aws) => [aws, new CloudFormationClient(aws, PLACE, assembly)])),
    );
  } finally {
    await Promise.all([slow.stop(), fast.stop()]);
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Pair {
  readonly situation: Situation;
  readonly theirs: Trial;
  readonly ours: Trial;
}

function trial(aws: LocalAws, contender: Approach, { ineligibleKey }: Situation, stackName: string): Trial {
  const key = aws.kms.createKey(PLACE.region, { keySpec: ineligibleKey ? 'HMAC_256' : 'SYMMETRIC_DEFAULT' });
  return new Trial(aws, contender, key, stackName);
}

/** What was there before a situation took no time. */
function setRotationTime(aws: LocalAws, seconds: number, trials: readonly Trial[]): void {
  aws.kms.settings.rotationTime = (arn) => (trials.some((each) => each.isTimed(arn)) ? seconds * 1000 : 0);
}

function variantsOf({ situation, ...pair }: Pair): Variant[] {
  return [...versionsOf(situation)].flatMap((version) => [pair.theirs.variant(version), pair.ours.variant(version)]);
}

/** Those first that take longest. */
async function compareAll(
  pairs: readonly Pair[],
  clients: ReadonlyMap<LocalAws, CloudFormationClient>,
): Promise<ComparedSituation[]> {
  const take = inTurn(PARALLEL);
  const run = (situation: Situation, each: Trial) => take(() => carryOut(situation, each, clientOf(each, clients)));
  const compareOne = async ({ situation, ...pair }: Pair): Promise<ComparedSituation> => {
    const [theirs, own] = [run(situation, pair.theirs), run(situation, pair.ours)];
    return { title: situation.title, theirs: await theirs, ours: await own };
  };
  const isHurried = ({ situation }: Pair) => situation.isHurried ?? false;
  const begun = new Map(
    [...pairs].sort((a, b) => Number(isHurried(b)) - Number(isHurried(a))).map((pair) => [pair, compareOne(pair)]),
  );
  return Promise.all(pairs.flatMap((pair) => begun.get(pair) ?? []));
}

function clientOf({ aws }: Trial, clients: ReadonlyMap<LocalAws, CloudFormationClient>): CloudFormationClient {
  const client = clients.get(aws);
  if (!client) throw new Error('A trial is on an AWS of its own');
  return client;
}

function versionsOf({ given, acts }: Situation): Set<Version> {
  return new Set([...given, ...acts].flatMap(({ version }) => (version ? [version] : [])));
}

async function carryOut(situation: Situation, trial: Trial, client: CloudFormationClient): Promise<Result> {
  for (const act of situation.given) await act.carryOut(trial, client);
  trial.begin();
  situation.mishap?.(trial);
  for (const act of situation.acts) await act.carryOut(trial, client);
  return trial.result(PLACE.region);
}

/** Lets no more than so many run at a time. */
function inTurn(atOnce: number): <T>(run: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (run) => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await run();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
