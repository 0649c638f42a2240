import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalAws } from '../../local/local-aws';
import pLimit from 'p-limit';
import { type Approach, awsCustomResource, ours } from '../approaches';
import { CloudFormationClient } from './cloudformation-client';
import { SITUATIONS, type Situation } from './situations';
import { type Result, Trial } from './trial';
import { type Variant, type Version, synthesize } from './versions';

const PLACE = { account: '123456789012', region: 'eu-central-1' };

/**
 * How long KMS takes to rotate a key, in seconds: the longest seen for a single-Region key with KMS's own material. KMS swallows calls in
 * the meantime.
 */
export const ROTATION_TIME = 131;

/** How many trials run concurrently: each has processes of its own. */
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
  const aws = await LocalAws.start({ ...PLACE, accountId: PLACE.account, timeScale: 'virtual' });
  try {
    const pairs = SITUATIONS.map((situation, index) => ({
      situation,
      theirs: trial(aws, awsCustomResource, situation, `Theirs${index}`),
      ours: trial(aws, ours, situation, `Ours${index}`),
    }));
    setRotationTime(
      aws,
      rotationTime,
      pairs.flatMap((pair) => [pair.theirs, pair.ours]),
    );
    const assembly = synthesize(pairs.flatMap(variantsOf), PLACE, scratch);
    return await compareAll(pairs, new CloudFormationClient(aws, PLACE, assembly));
  } finally {
    await aws.stop();
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

/** Rotations before a situation take no time. */
function setRotationTime(aws: LocalAws, seconds: number, trials: readonly Trial[]): void {
  aws.kms.settings.rotationTime = (arn) => (trials.some((each) => each.isTimed(arn)) ? seconds * 1000 : 0);
}

function variantsOf({ situation, ...pair }: Pair): Variant[] {
  return [...versionsOf(situation)].flatMap((version) => [pair.theirs.variant(version), pair.ours.variant(version)]);
}

function compareAll(pairs: readonly Pair[], client: CloudFormationClient): Promise<ComparedSituation[]> {
  const limit = pLimit(PARALLEL);
  const run = (situation: Situation, each: Trial) => limit(() => carryOut(situation, each, client));
  return Promise.all(
    pairs.map(async ({ situation, ...pair }) => {
      const [theirs, own] = await Promise.all([run(situation, pair.theirs), run(situation, pair.ours)]);
      return { title: situation.title, theirs, ours: own };
    }),
  );
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
