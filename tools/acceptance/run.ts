import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Account } from './account';
import { errorMessage } from './aws-errors';
import { cleanUp } from './clean-up';
import { Deployer } from './deployer';
import { NotPossible, Unexpected } from './expectations';
import type { Part } from './part';
import { MASKED_ACCOUNT, masked } from './recording';
import { leftoversOf, type PartResult, StateFile, type StepResult } from './run-state';
import { SessionExpired, Stage } from './stage';
import { PARALLEL_PARTS } from './statement';
import { concurrently } from './time';

export interface Run {
  readonly account: Account;
  readonly file: StateFile;
  readonly parts: readonly Part[];
  readonly rounds: number;
  /** Aborted on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

export interface RunEnd {
  readonly isComplete: boolean;
  /** Why it is not. */
  readonly interruption?: string;
  /** What could not be removed. */
  readonly left: readonly string[];
}

export function newRunId(): string {
  return randomBytes(3).toString('hex');
}

/** Runs all parts without a result, checks all keys again, and cleans up, whatever happened. */
export async function carryOut(run: Run): Promise<RunEnd> {
  const { account, file, parts, signal, say } = run;
  const scratch = mkdtempSync(join(tmpdir(), 'acceptance-'));
  const deployer = new Deployer(account, { account: file.state.account, region: account.region }, scratch);
  const ended = new AbortController();
  const end = (reason: unknown): void => {
    ended.abort(reason);
    deployer.stop();
  };
  const onAbort = (): void => {
    end(signal.reason);
  };
  signal.addEventListener('abort', onAbort);
  file.save();
  const remaining = parts.filter(({ name }) => !file.state.results.some((result) => result.name === name));
  const isAlone = (part: Part): boolean => part.kind === 'probe' && part.isAlone === true;
  const execute = (part: Part) => async (): Promise<void> => {
    if (ended.signal.aborted) return;
    try {
      await executePart(run, part, deployer, ended.signal);
    } catch (error) {
      end(error);
    }
  };
  try {
    await concurrently(account.time, 1, remaining.filter(isAlone).map(execute));
    await concurrently(account.time, PARALLEL_PARTS, remaining.filter((part) => !isAlone(part)).map(execute));
    if (!ended.signal.aborted) await account.time.work(() => takeFinalLook(run));
  } catch (error) {
    end(error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
  const interruption = ended.signal.aborted ? wordsFor(ended.signal.reason) : undefined;
  if (interruption !== undefined) say(`\nINTERRUPTED. ${interruption}`);
  say('\nCleaning up ...');
  const failures = await account.time.work(() => cleanUp(account, file));
  for (const failure of failures) say(`  left: ${failure}`);
  if (interruption === undefined)
    file.change((state) => (state.finishedAt = new Date(account.time.now()).toISOString()));
  rmSync(scratch, { recursive: true, force: true });
  return {
    isComplete: interruption === undefined,
    ...(interruption !== undefined && { interruption }),
    left: leftoversOf(file.state).length > 0 ? failures : [],
  };
}

function wordsFor(reason: unknown): string {
  return reason instanceof SessionExpired ? 'The session has expired.' : errorMessage(reason);
}

/** @throws if the run must end, by an expired session or Ctrl-C. */
async function executePart(run: Run, part: Part, deployer: Deployer, signal: AbortSignal): Promise<void> {
  const { account, file, rounds, say } = run;
  const { state } = file;
  const place = { account: state.account, region: state.region };
  const stage = new Stage({ account, deployer, file, place, replicaRegion: state.replicaRegion, rounds, signal }, part);
  const startedAt = account.time.now();
  try {
    await part.run(stage);
  } catch (error) {
    if (account.hasExpired) throw new SessionExpired();
    signal.throwIfAborted();
    if (!(error instanceof Unexpected || error instanceof NotPossible)) noteFailure(stage, part, error);
    else if (!stage.steps.some(({ reason }) => reason === error.message)) noteFailure(stage, part, error);
  }
  const result: PartResult = {
    name: part.name,
    kind: part.kind,
    startedAt: new Date(startedAt).toISOString(),
    seconds: (account.time.now() - startedAt) / 1000,
    steps: part.steps.map(
      ({ name }) => stage.steps.find((step) => step.name === name) ?? { name, outcome: 'not reached' },
    ),
  };
  file.change(({ results, measurements, notes }) => {
    results.push(result);
    Object.assign(measurements, stage.measurements);
    if (stage.notes.length > 0) notes[part.name] = stage.notes;
  });
  for (const line of linesOf(result, state.account)) say(line);
}

/** Attributes a failure to the first step without a result, if no step has recorded it. */
function noteFailure(stage: Stage, part: Part, error: unknown): void {
  const step = part.steps.find(({ name }) => !stage.steps.some((known) => known.name === name)) ?? part.steps[0];
  if (!step) return;
  const outcome: StepResult = { name: step.name, outcome: 'broken', reason: errorMessage(error) };
  const index = stage.steps.findIndex(({ name }) => name === step.name);
  stage.steps.splice(index < 0 ? stage.steps.length : index, 1, outcome);
}

const SIGNS = { held: '✓', broken: '✗', 'not reached': '·', 'not possible': '–' };

export function linesOf({ name, steps, seconds }: PartResult, account: string): string[] {
  return [
    `${name} (${Math.round(seconds)} s)`,
    ...steps.map(({ name: step, outcome, reason }) => {
      const why = reason === undefined ? '' : `: ${masked(reason, [account]).replaceAll('\n', '\n      ')}`;
      return `  ${SIGNS[outcome]} ${step}${outcome === 'held' ? '' : ` (${outcome})`}${why}`;
    }),
  ];
}

/** Checks that each key has as many rotations as its part expected, now that no read lags any more. */
async function takeFinalLook({ account, file, say }: Run): Promise<void> {
  const calls = account.as('final look');
  const startedAt = account.time.now();
  const wrong: string[] = [];
  const counted = file.state.keys.filter(
    ({ rotations, deletionDate }) => rotations !== undefined && deletionDate === undefined,
  );
  for (const { arn, region, rotations } of counted) {
    const { Rotations = [] } = await calls.kms(region).listKeyRotations({ KeyId: arn });
    const listed = Rotations.filter(({ RotationType }) => RotationType === 'ON_DEMAND').length;
    if (listed !== rotations) wrong.push(`Key ${arn} has ${listed} rotations on demand instead of ${rotations ?? 0}.`);
  }
  const result: PartResult = {
    name: 'final-look',
    kind: 'story',
    startedAt: new Date(startedAt).toISOString(),
    seconds: (account.time.now() - startedAt) / 1000,
    steps: [
      {
        name: 'one-rotation-each',
        outcome: wrong.length > 0 ? 'broken' : 'held',
        ...(wrong.length > 0 && { reason: wrong.join('\n') }),
      },
    ],
  };
  file.change(({ results }) => {
    results.splice(0, results.length, ...results.filter(({ name }) => name !== result.name), result);
  });
  say(`${counted.length} keys looked at once more`);
  for (const line of linesOf(result, MASKED_ACCOUNT)) say(line);
}
