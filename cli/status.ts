import { Aws } from './aws';
import { nameOf } from './display-names';
import { Gaps } from './gaps';
import type { Io } from './io';
import { type KeyReport, reportOf } from './key-report';
import { type CommonOptions, regionsOf } from './options';
import { EXIT, type ExitCode, Problem, badOption } from './problem';
import { Progress } from './progress';
import { RegionReader, keyIdOf } from './region-reader';
import { type Column, Sheet } from './sheet';
import { StackWatch } from './stack-watch';
import { Watch } from './watch';

export interface StatusOptions extends CommonOptions {
  readonly key?: readonly string[];
  readonly all?: true;
  readonly watch?: true;
  readonly stack?: string;
}

/** How far this machine's clock may differ from those of the records' writers, in milliseconds. */
const CLOCK_DIFFERENCE = 10_000;
/** Up to this many rotations left are highlighted. */
const FEW = 5;

export function status(options: StatusOptions, io: Io): Promise<ExitCode> {
  return options.watch ? watchStatus(options, io) : showStatus(options, io);
}

/** Prints one row for each key. */
async function showStatus(options: StatusOptions, io: Io): Promise<ExitCode> {
  if (options.stack !== undefined) throw badOption('--stack goes with --watch only');
  const aws = new Aws(options.profile, io);
  const regions = await regionsOf(options, aws);
  const gaps = new Gaps(options.profile);
  const progress = new Progress(io);
  const sheet = new Sheet(io, options.output, columns(io, regions.length > 1));
  const problems: Problem[] = [];
  let shown = 0;
  let managed = 0;
  try {
    for (const region of regions) {
      const reader = new RegionReader(aws, region, gaps, io);
      progress.show(`${region}: reading the ledgers`);
      try {
        for await (const view of options.key ? reader.viewsOf(options.key) : reader.views()) {
          const isManaged = view.key?.metadata.KeyManager === 'AWS';
          if (isManaged && !options.all && !options.key) {
            managed += 1;
            continue;
          }
          progress.clear();
          sheet.write(reportOf(view, io.now()));
          shown += 1;
          progress.show(`${region}: ${shown} keys`);
        }
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        problems.push(error);
      }
    }
  } finally {
    progress.clear();
    sheet.end();
  }
  problems.forEach(({ text }) => {
    io.err(`${text}\n`);
  });
  gaps.sentences.forEach((sentence) => {
    io.err(`${sentence}\n`);
  });
  if (managed > 0) io.err(`Not shown are ${managed} AWS managed keys, which only AWS rotates: add --all.\n`);
  if (shown === 0 && problems.length === 0) io.err(`No key in ${regions.join(', ')}.\n`);
  const [first] = problems;
  if (first) return problems.length === regions.length ? first.exitCode : EXIT.incomplete;
  return gaps.isEmpty ? EXIT.ok : EXIT.incomplete;
}

/** Prints one line for each thing that happens to a key. */
async function watchStatus(options: StatusOptions, io: Io): Promise<ExitCode> {
  if (options.output === 'csv') throw badOption('--watch prints lines, or with --output json one object a line');
  const aws = new Aws(options.profile, io);
  const regions = await regionsOf(options, aws);
  const [region = '', ...others] = regions;
  if (options.stack !== undefined && others.length > 0)
    throw badOption('--stack is in one Region: name one by --region');
  const startedAt = io.now();
  const gaps = new Gaps(options.profile);
  const readers = regions.map((each) => new RegionReader(aws, each, gaps, io));
  const keys = options.key && new Set((await Promise.all(options.key.map((key) => arnIn(readers, key)))).map(keyIdOf));
  const stack = options.stack === undefined ? undefined : await StackWatch.begin(aws, region, options.stack);
  const watch = new Watch(
    readers,
    keys,
    Math.min(startedAt, stack?.startedAt ?? startedAt) - CLOCK_DIFFERENCE,
    io,
    (event, text) => {
      const line = `${event.at.slice(11, 19)}  ${regions.length > 1 ? `${event.region}  ` : ''}${event.alias ?? event.keyId}  ${text}`;
      io.out(`${options.output === 'json' ? JSON.stringify(event) : line}\n`);
    },
  );
  io.err(`Watching ${options.stack ?? regions.join(', ')}${stack ? '' : ', until Ctrl-C'}.\n`);
  await watch.run(stack);
  io.err(`${stack?.status === undefined ? '' : `${options.stack ?? ''} is ${stack.status}: `}${watch.summary}.\n`);
  gaps.sentences.forEach((sentence) => {
    io.err(`${sentence}\n`);
  });
  if (stack && watch.counts.refused > 0) return EXIT.failed;
  return gaps.isEmpty ? EXIT.ok : EXIT.incomplete;
}

/** In the first Region that has the key. */
async function arnIn(readers: readonly RegionReader[], key: string): Promise<string> {
  const [first, ...others] = readers;
  try {
    return (await first?.arnOf(key)) ?? key;
  } catch (error) {
    if (others.length === 0) throw error;
    return arnIn(others, key);
  }
}

function columns({ colors }: Io, severalRegions: boolean): Column<KeyReport>[] {
  const region: Column<KeyReport>[] = severalRegions ? [{ header: 'Region', cell: (row) => row.region }] : [];
  return [
    ...region,
    { header: 'Key', cell: nameOf },
    { header: 'Kind', cell: ({ kind }) => kind ?? '?' },
    { header: 'State', cell: ({ state }) => state ?? '?' },
    {
      header: 'Rotatable',
      cell: ({ eligible, refusal }) => (eligible === undefined ? '?' : eligible ? 'yes' : `no: ${refusal?.code ?? ''}`),
      paint: ({ eligible }) => (eligible ? colors.green : colors.dim),
    },
    {
      header: 'Automatic',
      cell: ({ unknown, nextAutomaticRotation }) =>
        unknown.includes('GetKeyRotationStatus') || unknown.includes('DescribeKey')
          ? '?'
          : nextAutomaticRotation === undefined
            ? 'off'
            : `next ${nextAutomaticRotation.slice(0, 10)}`,
    },
    {
      header: 'Left',
      cell: ({ remainingRotations, kind, unknown }) =>
        remainingRotations ?? (kind === undefined || unknown.length > 0 ? '?' : '-'),
      paint: ({ remainingRotations = Infinity }) => (remainingRotations <= FEW ? colors.yellow : undefined),
    },
    { header: 'Last rotation', cell: lastRotationOf },
    {
      header: 'In progress',
      cell: ({ inProgress }) =>
        inProgress && `${inProgress.state} since ${inProgress.since?.slice(0, 19) ?? '?'}Z${quoted(inProgress.token)}`,
      paint: () => colors.cyan,
    },
  ];
}

function lastRotationOf({ lastRotation, unknown }: KeyReport): string {
  if (unknown.includes('ListKeyRotations') || unknown.includes('DescribeKey')) return '?';
  if (!lastRotation) return 'never';
  const { date, type, token } = lastRotation;
  const by = type === 'AUTOMATIC' ? 'automatic' : (token ?? (unknown.includes('ledger') ? 'token ?' : 'by hand'));
  return `${date?.slice(0, 10) ?? '?'} ${type === 'AUTOMATIC' || token === undefined ? by : JSON.stringify(token)}`;
}

function quoted(token: string | undefined): string {
  return token === undefined ? '' : ` ${JSON.stringify(token)}`;
}
