import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AwsRun, checklist } from './checklist';
import { NotStarted } from './preflight';
import type { Report } from './report/report';
import { readRecordings, readReport } from './report/report-files';
import { shown } from './report/words';
import { replay, replayable } from './replay';

const RUNS = join('tools', 'acceptance', 'aws-runs.json');
const PAGE = join('docs', 'first-real-deploy.md');
/** Where the tests of the local AWS look for recordings. */
export const RECORDINGS = join('test', 'unit', 'local', 'recordings');

/**
 * Imports a run on AWS into the project: its recordings become tests of the local AWS, and its results go into the checklist.
 *
 * @returns what it has done, line by line.
 */
export async function take(folder: string, project: string): Promise<string[]> {
  const report = reportIn(folder);
  const { about } = report;
  if (!about.onAws)
    throw new NotStarted(`${folder} is of the local AWS, whose answers prove nothing about AWS. Run it there first.`);
  const recordings = replayable(readRecordings(folder));
  const directory = join(project, RECORDINGS);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${about.startedAt.slice(0, 10)}-${about.region}-${about.id}.json`);
  writeFileSync(file, `${JSON.stringify(recordings, undefined, 2)}\n`);
  const runs = merge(readRuns(project), report);
  writeFileSync(join(project, RUNS), `${JSON.stringify(runs, undefined, 2)}\n`);
  const differences = await replay(recordings);
  return [
    `${file}: ${recordings.length} calls, which \`npx jest test/unit/local/recordings\` makes on the local AWS`,
    ...differences.map(
      ({ operation, where, recorded, replayed }) =>
        `  ${operation}, ${where}: AWS ${shown(recorded)}, the local AWS ${shown(replayed)}`,
    ),
    writeChecklist(project),
  ];
}

/** @returns the page's path. */
export function writeChecklist(project: string): string {
  writeFileSync(join(project, PAGE), checklist(readRuns(project)));
  return PAGE;
}

export function readRuns(project: string): AwsRun[] {
  return JSON.parse(readFileSync(join(project, RUNS), 'utf8')) as AwsRun[];
}

function reportIn(folder: string): Report {
  try {
    return readReport(folder);
  } catch {
    throw new NotStarted(`There is no report in ${folder}.`);
  }
}

/** The latest result of each step; one that was not reached does not count. */
export function merge(runs: readonly AwsRun[], { about, parts }: Pick<Report, 'about' | 'parts'>): AwsRun[] {
  const added = parts.flatMap(({ name, startedAt, steps }) =>
    steps
      .filter(({ outcome }) => outcome !== 'not reached')
      .map((step) => ({
        part: name,
        step: step.name,
        outcome: step.outcome,
        at: startedAt,
        version: about.version,
        region: about.region,
      })),
  );
  const isReplaced = (run: AwsRun): boolean => added.some(({ part, step }) => part === run.part && step === run.step);
  return [...runs.filter((run) => !isReplaced(run)), ...added];
}
