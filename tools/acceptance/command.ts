import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { version } from '../../package.json';
import { Account } from './account';
import { cleanUp, removeLedgers } from './clean-up';
import { localAccount } from './local-account';
import { type RunOptions, readOptions, USAGE } from './options';
import { type Part } from './part';
import { PARTS, partsNamed } from './parts';
import { checkAccount, identify, NotStarted } from './preflight';
import { isGood, reportOf } from './report/report';
import { saveRecordings, writeReport } from './report/report-files';
import { leftovers, verdictOf } from './report/words';
import { carryOut, newRunId } from './run';
import { leftoversOf, newState, StateFile } from './run-state';
import { planOf, statementOf } from './statement';
import { take, writeChecklist } from './take';
import { systemTime } from './time';

const STATE = 'state.json';

/** @returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let options: ReturnType<typeof readOptions>;
  try {
    options = readOptions(args, process.env);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  switch (options.mode) {
    case 'list':
      console.log(list(PARTS));
      return 0;
    case 'checklist':
      console.log(writeChecklist(process.cwd()));
      return 0;
    case 'take':
      for (const line of await take(options.report, process.cwd())) console.log(line);
      return 0;
    default:
      return runInterruptibly(options);
  }
}

export function list(parts: readonly Part[]): string {
  return parts
    .map(({ name, kind, needs, steps }) =>
      [
        `${name} (${kind}, about ${needs.minutes} minutes)`,
        ...steps.map(({ item, expected }) => `  ${item}\n    → ${expected}`),
      ].join('\n'),
    )
    .join('\n');
}

async function runInterruptibly(options: RunOptions): Promise<number> {
  const interrupted = new AbortController();
  const release = onSignals((name) => {
    interrupted.abort(new Error(`${name} was received.`));
  });
  const say = (line: string): void => {
    console.log(line);
  };
  try {
    return await runOnAccount(options, { isFresh: options.local, say, interrupted });
  } finally {
    release();
  }
}

async function runOnAccount(options: RunOptions, surroundings: Surroundings): Promise<number> {
  if (!options.local) {
    const region = options.region ?? '';
    const environment = {
      ...awsVariables(process.env, options.profile),
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    };
    if (options.profile !== undefined) process.env.AWS_PROFILE = options.profile;
    return accept(options, new Account({ region, environment, time: systemTime }), surroundings);
  }
  const { aws, account } = await localAccount(options.region, options.broken);
  try {
    return await accept({ ...options, account: await numberOf(account) }, account, surroundings);
  } finally {
    await aws.stop();
  }
}

async function numberOf(account: Account): Promise<string> {
  return (await identify(account)).account;
}

/** The user's AWS variables, which select account and Region. A profile replaces the keys among them. */
function awsVariables(environment: NodeJS.ProcessEnv, profile: string | undefined): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith('AWS_') && value !== undefined ? [[name, value] as const] : [],
  );
  const own = entries.filter(
    ([name]) => profile === undefined || !/^AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/.test(name),
  );
  return { ...Object.fromEntries(own), ...(profile !== undefined && { AWS_PROFILE: profile }) };
}

export interface Surroundings {
  /** Whether there is no earlier run to resume: a local AWS ends with its process. */
  readonly isFresh: boolean;
  readonly say: (line: string) => void;
  /** Ends the run gracefully. */
  readonly interrupted: AbortController;
}

/** @returns the exit code. */
export async function accept(
  options: RunOptions,
  account: Account,
  { isFresh, say, interrupted }: Surroundings,
): Promise<number> {
  const statePath = join(options.report, STATE);
  const identity = await identify(account, options.profile);
  if (options.account !== undefined && options.account !== identity.account)
    throw new NotStarted(`The credentials are those of account ${identity.account}, not of ${options.account}.`);
  const earlier = isFresh ? undefined : StateFile.read(statePath);
  if (earlier && earlier.account !== identity.account)
    throw new NotStarted(`${statePath} is of account ${earlier.account}: name another folder by --report.`);
  if (options.mode === 'clean-up') return cleanUpEarlierRun(account, earlier, statePath, say);

  const parts = partsNamed(earlier && options.resume ? earlier.parts : options.only);
  const plan = planOf(parts);
  const replicaRegion = options.replicaRegion ?? (account.region === 'us-west-2' ? 'us-east-1' : 'us-west-2');
  const command = `npm run acceptance -- --region ${account.region}${options.profile === undefined ? '' : ` --profile ${options.profile}`}`;
  await checkAccount(account, identity, { plan, replicaRegion, earlier, resume: options.resume, command });
  const state =
    earlier && options.resume
      ? earlier
      : newState({
          id: newRunId(),
          account: identity.account,
          region: account.region,
          replicaRegion,
          version,
          onAws: account.options.environment.AWS_ENDPOINT_URL === undefined,
          startedAt: new Date(account.time.now()).toISOString(),
          parts: parts.map(({ name }) => name),
          // Their ledgers still have to be removed.
          keys: earlier?.keys ?? [],
        });
  say(statementOf(plan, { ...identity, region: account.region, replicaRegion: state.replicaRegion, id: state.id }));
  await confirm(identity.account, options.account);

  const file = new StateFile(statePath, state);
  try {
    const end = await carryOut({ account, file, parts, rounds: options.rounds, signal: interrupted.signal, say });
    const recordings = saveRecordings(options.report, account.recordings, state, state === earlier);
    const { broken } = options;
    const report = await reportOf({ state, parts, recordings, broken, interruption: end.interruption });
    say(`\n${verdictOf(report)}\n${leftovers(report)}\n`);
    for (const path of writeReport(options.report, report)) say(path);
    if (!isFresh && (!end.isComplete || end.left.length > 0))
      say(`Run ${state.id} can be gone on with, or given up:\n${command} --resume\n${command} --clean-up`);
    return isGood(report) && end.left.length === 0 ? 0 : 1;
  } finally {
    account.close();
  }
}

async function cleanUpEarlierRun(
  account: Account,
  earlier: ReturnType<typeof StateFile.read>,
  path: string,
  say: (line: string) => void,
): Promise<number> {
  if (!earlier) throw new NotStarted(`There is no ${path}, so no run is known that has left something.`);
  const file = new StateFile(path, earlier);
  const failures = await cleanUp(account, file);
  for (const failure of failures) say(`left: ${failure}`);
  const waiting = await removeLedgers(account, file);
  for (const { arn, deletionDate } of waiting)
    say(`Key ${arn} is deleted at ${deletionDate ?? 'no known time'}; then --clean-up removes its ledger.`);
  if (leftoversOf(earlier).length === 0)
    file.change((state) => (state.finishedAt ??= new Date(account.time.now()).toISOString()));
  return failures.length > 0 ? 1 : 0;
}

/** @throws NotStarted unless the user confirms the account's number. */
async function confirm(account: string, given: string | undefined): Promise<void> {
  if (given === account) return;
  if (!process.stdin.isTTY) throw new NotStarted(`Nobody is there to be asked: confirm by --account ${account}.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question("The account's number, to begin: ");
  terminal.close();
  if (answer.trim() !== account) throw new NotStarted(`That is not ${account}.`);
}

/** The first signal ends the run gracefully, the second one immediately. @returns a function that removes the handlers. */
function onSignals(end: (name: string) => void): () => void {
  const handlers = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    let count = 0;
    const handler = (): void => {
      count += 1;
      if (count > 1) process.exit(128 + constants.signals[name]);
      end(name);
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  return () => {
    for (const release of handlers) release();
  };
}
