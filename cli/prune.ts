import { type SSMClient, DeleteParametersCommand } from '@aws-sdk/client-ssm';
import type { Contents } from '../lambda/ledger-record';
import { parameterName } from '../lambda/ledger-record';
import { Aws } from './aws';
import { stackName } from './display-names';
import { Gaps } from './gaps';
import type { Io } from './io';
import { isMultiRegionId } from './key-facts';
import { type CommonOptions, regionsOf } from './options';
import { EXIT, type ExitCode, Problem } from './problem';
import { Progress } from './progress';
import { RegionReader, keyIdOf } from './region-reader';
import { type Column, Sheet } from './sheet';

export interface PruneOptions extends CommonOptions {
  readonly yes?: true;
}

/** The limit of DeleteParameters: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
const BATCH = 10;
/** A ledger is not older than its key, and a new key is not invisible for nearly as long as this. */
const SETTLED = 24 * 60 * 60_000;

/** A ledger whose key is gone. */
export interface OldLedger {
  readonly region: string;
  readonly keyId: string;
  readonly records: number;
  readonly tokens: readonly string[];
  readonly lastRecordAt: string | undefined;
  readonly lastStackId: string | undefined;
  /** Why it is kept nevertheless. */
  readonly kept: string | undefined;
  readonly deleted: boolean;
}

/** Shows the ledgers of keys that are gone, and deletes them with --yes. */
export async function prune(options: PruneOptions, io: Io): Promise<ExitCode> {
  const aws = new Aws(options.profile, io);
  const regions = await regionsOf(options, aws);
  const gaps = new Gaps(options.profile);
  const progress = new Progress(io);
  const sheet = new Sheet(io, options.output, columns(regions.length > 1));
  const problems: Problem[] = [];
  let kept = 0;
  let prunable = 0;
  for (const region of regions) {
    try {
      const reader = new RegionReader(aws, region, gaps, io);
      progress.show(`${region}: reading the ledgers`);
      for (const [keyId, ledger] of (await reader.ledgers()) ?? []) {
        const why = await reasonToKeep(reader, keyId, ledger, io.now());
        if (why === 'its key is there') continue;
        const deleted =
          options.yes === true && why === undefined && (await remove(aws.ssm(region), keyId, ledger, region, gaps));
        progress.clear();
        sheet.write(describe(region, keyId, ledger, why, deleted));
        if (why === undefined) prunable += 1;
        else kept += 1;
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
    }
  }
  progress.clear();
  sheet.end();
  [...problems.map(({ text }) => text), ...gaps.sentences].forEach((sentence) => {
    io.err(`${sentence}\n`);
  });
  const [first] = problems;
  if (first && problems.length === regions.length) return first.exitCode;
  io.err(`${summary(prunable, kept, options.yes)}\n`);
  return first || !gaps.isEmpty ? EXIT.incomplete : EXIT.ok;
}

/** `undefined` if the ledger is no longer needed: neither a deleted key nor its ID ever comes back. */
async function reasonToKeep(
  reader: RegionReader,
  keyId: string,
  { records, damage }: Contents,
  now: number,
): Promise<string | undefined> {
  // Somebody else wrote it, for an unknown purpose.
  if (damage.some(({ kind }) => kind === 'stray')) return 'a parameter in it is none of ours';
  const keyArn = records[0]?.keyArn;
  if (keyArn === undefined) return 'none of its records can be read';
  if (keyIdOf(keyArn) !== keyId) return 'its records name another key';
  const { isGone, key } = await reader.view(keyArn, undefined);
  if (key) return 'its key is there';
  if (!isGone) return 'whether its key exists could not be read';
  // A replica with the same ID may be created here again, and become the primary.
  if (isMultiRegionId(keyId)) return 'a multi-Region key may come back';
  const last = records.at(-1)?.recordedAt ?? '';
  return now < Date.parse(last) + SETTLED ? 'it was written to in the last 24 hours' : undefined;
}

/** The newest record first, so that a failure leaves a valid ledger. */
async function remove(
  client: SSMClient,
  keyId: string,
  { last }: Contents,
  region: string,
  gaps: Gaps,
): Promise<boolean> {
  const names = Array.from({ length: last }, (_, index) => parameterName(keyId, last - index));
  for (let n = 0; n < names.length; n += BATCH) {
    const done = await gaps.attempt('ssm:DeleteParameters', `key ${keyId}`, region, () =>
      client.send(new DeleteParametersCommand({ Names: names.slice(n, n + BATCH) })),
    );
    if (!done) return false;
  }
  return true;
}

function describe(
  region: string,
  keyId: string,
  { records }: Contents,
  kept: string | undefined,
  deleted: boolean,
): OldLedger {
  const last = records.at(-1);
  return {
    region,
    keyId,
    records: records.length,
    tokens: [
      ...new Set(records.filter(({ state }) => state === 'rotated' || state === 'baseline').map(({ token }) => token)),
    ],
    lastRecordAt: last?.recordedAt,
    lastStackId: last?.stackId,
    kept,
    deleted,
  };
}

function columns(severalRegions: boolean): Column<OldLedger>[] {
  const region: Column<OldLedger>[] = severalRegions ? [{ header: 'Region', cell: (row) => row.region }] : [];
  return [
    ...region,
    { header: 'Key', cell: ({ keyId }) => keyId },
    { header: 'Records', cell: ({ records }) => records },
    { header: 'Tokens', cell: ({ tokens }) => tokens.join(', ') },
    { header: 'Last record', cell: ({ lastRecordAt }) => lastRecordAt?.slice(0, 10) },
    { header: 'By', cell: ({ lastStackId }) => lastStackId && stackName(lastStackId) },
    {
      header: 'Done',
      cell: ({ kept, deleted }) => (kept === undefined ? (deleted ? 'deleted' : 'can be deleted') : `kept: ${kept}`),
    },
  ];
}

function summary(prunable: number, kept: number, yes: true | undefined): string {
  if (prunable + kept === 0) return 'No ledger of a key that is gone.';
  const what = prunable === 1 ? '1 ledger of a key that is gone' : `${prunable} ledgers of keys that are gone`;
  const others = kept === 0 ? '' : ` ${kept} more are kept.`;
  return yes
    ? `${what}.${others}`
    : `${what}.${others} Nothing was deleted: it is evidence. Keep what \`evidence\` says of it first; then add --yes.`;
}
