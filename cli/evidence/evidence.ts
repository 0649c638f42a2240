import { Aws } from '../aws';
import { nameOf, stackName } from '../display-names';
import { Gaps } from '../gaps';
import type { Io } from '../io';
import { type CommonOptions, regionsOf } from '../options';
import { EXIT, type ExitCode, Problem, badOption } from '../problem';
import { Progress } from '../progress';
import { RegionReader } from '../region-reader';
import { type Column, type Format, Sheet } from '../sheet';
import { type Entry, type KeyEvidence, MISMATCHES, evidenceOf } from './key-evidence';
import { page } from './page';
import type { Period } from './period';
import { readTrail } from './trail';

export const EVIDENCE_FORMATS = ['table', 'json', 'csv', 'html'] as const;

export interface EvidenceOptions extends Omit<CommonOptions, 'output'> {
  readonly output: Format | 'html';
  readonly from?: Date;
  readonly to?: Date;
  readonly key?: readonly string[];
  readonly all?: true;
}

type Row = Entry & Pick<KeyEvidence, 'region' | 'keyId' | 'keyArn' | 'aliases'>;

/** Prints what has happened to keys, with the evidence from all sources. */
export async function evidence(options: EvidenceOptions, io: Io): Promise<ExitCode> {
  const aws = new Aws(options.profile, io);
  const regions = await regionsOf(options, aws);
  const gaps = new Gaps(options.profile);
  const period: Period = { from: options.from?.getTime() ?? -Infinity, to: options.to?.getTime() ?? io.now() };
  if (period.from > period.to) throw badOption('--from is after --to');
  const { accountId, arn } = await aws.identity(regions[0] ?? '');
  const progress = new Progress(io);
  const keys: KeyEvidence[] = [];
  const sheet = options.output === 'html' ? undefined : new Sheet(io, options.output, columns(io, regions.length > 1));
  const problems: Problem[] = [];
  for (const region of regions) {
    try {
      for await (const key of keysOf(region)) {
        progress.clear();
        for (const entry of key.entries) sheet?.write(rowOf(key, entry));
        keys.push(key);
        progress.show(`${region}: ${keys.length} keys`);
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error);
    }
  }
  progress.clear();
  sheet?.end();
  const [first] = problems;
  const missing = [...problems.map(({ text }) => text), ...gaps.sentences];
  const isNothing = first !== undefined && problems.length === regions.length;
  if (options.output === 'html' && !isNothing) {
    io.out(
      page(keys, {
        generatedAt: new Date(io.now()).toISOString(),
        caller: arn,
        accountId,
        regions,
        from: options.from?.toISOString(),
        to: new Date(period.to).toISOString(),
        calls: [...aws.calls].sort(([one], [other]) => one.localeCompare(other)),
        gaps: missing,
      }),
    );
  }
  missing.forEach((sentence) => {
    io.err(`${sentence}\n`);
  });
  if (!isNothing) io.err(`${summary(keys)}\n`);
  if (first && isNothing) return first.exitCode;
  return missing.length === 0 ? EXIT.ok : EXIT.incomplete;

  async function* keysOf(region: string): AsyncIterable<KeyEvidence> {
    const reader = new RegionReader(aws, region, gaps, io);
    progress.show(`${region}: reading CloudTrail and the ledgers`);
    const trail = await readTrail(aws, region, period, gaps, io);
    for await (const view of options.key ? reader.viewsOf(options.key) : reader.views()) {
      const isManaged = view.key?.metadata.KeyManager === 'AWS';
      if (!isManaged || options.all || options.key) yield evidenceOf(view, trail, period, io.now());
    }
  }
}

function rowOf({ region, keyId, keyArn, aliases }: KeyEvidence, entry: Entry): Row {
  return { region, keyId, keyArn, aliases, ...entry };
}

function summary(keys: readonly KeyEvidence[]): string {
  const entries = keys.flatMap((key) => key.entries);
  const rotated = entries.filter(({ kind }) => kind === 'rotated').length;
  const open = entries.filter(({ kind }) => MISMATCHES.includes(kind)).length;
  return `Keys: ${keys.length}. Rotations for a token: ${rotated}. Entries to be explained: ${open}.`;
}

function columns({ colors }: Io, severalRegions: boolean): Column<Row>[] {
  const region: Column<Row>[] = severalRegions ? [{ header: 'Region', cell: (row) => row.region }] : [];
  return [
    ...region,
    { header: 'Key', cell: nameOf },
    { header: 'When', cell: ({ at }) => at?.slice(0, 19) },
    {
      header: 'What',
      cell: ({ kind }) => kind,
      paint: ({ kind }) => (MISMATCHES.includes(kind) ? colors.red : colors.green),
    },
    { header: 'Token', cell: ({ token }) => token },
    { header: 'By', cell: ({ stackId }) => stackId && stackName(stackId) },
    // The full ARN is in JSON and HTML.
    { header: 'Caller', cell: ({ caller, trail }) => caller?.slice(caller.lastIndexOf('/') + 1) ?? trail },
    { header: 'Material', cell: ({ materialAfter }) => materialAfter?.slice(0, 8) },
    { header: 'Reason', cell: ({ reason }) => reason },
  ];
}
