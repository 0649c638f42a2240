import { parseArgs } from 'node:util';
import { type Breakage, BREAKAGES, isBreakage } from './local-account';

export type Options =
  RunOptions | { readonly mode: 'list' | 'checklist' } | { readonly mode: 'take'; readonly report: string };

export interface RunOptions {
  readonly mode: 'run' | 'clean-up';
  readonly local: boolean;
  readonly profile?: string;
  readonly region?: string;
  readonly replicaRegion?: string;
  /** The account's number, if confirmed in advance. */
  readonly account?: string;
  /** Names of stories and probes; all of them if empty. */
  readonly only: readonly string[];
  readonly resume: boolean;
  /** Rounds of the creation race. */
  readonly rounds: number;
  /** What the local AWS does wrong on purpose. */
  readonly broken: readonly Breakage[];
  /** The report's folder. */
  readonly report: string;
}

export const USAGE = `Usage: npm run acceptance -- [options]

  --local                  on the local AWS of this repository
  --profile <name>         on AWS, with a profile's credentials; those of the environment otherwise
  --region <Region>        where to; AWS_REGION otherwise
  --replica-region <Region>  for replicas of multi-Region keys; us-west-2 or us-east-1 otherwise
  --account <number>       confirms the account, which is asked for otherwise
  --only <name>            runs this story or probe; may be repeated
  --list                   lists stories and probes
  --resume                 goes on with a run that was interrupted
  --clean-up               removes what earlier runs have left
  --rounds <n>             of the races of creations; 100 otherwise
  --broken <kind>          with --local: breaks what the promise assumes: ${BREAKAGES.join(', ')}
  --report <folder>        where the report goes; acceptance-report otherwise
  --checklist              writes docs/first-real-deploy.md
  --take <folder>          takes a report's recordings from AWS into the tests of the local AWS, and its results into the checklist`;

/** @throws if an option is unknown, or conflicts with another one. */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      local: { type: 'boolean', default: false },
      profile: { type: 'string' },
      region: { type: 'string' },
      'replica-region': { type: 'string' },
      account: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      list: { type: 'boolean', default: false },
      resume: { type: 'boolean', default: false },
      'clean-up': { type: 'boolean', default: false },
      rounds: { type: 'string', default: '100' },
      broken: { type: 'string', multiple: true, default: [] },
      report: { type: 'string', default: 'acceptance-report' },
      take: { type: 'string' },
      checklist: { type: 'boolean', default: false },
    },
  });
  if (values.list) return { mode: 'list' };
  if (values.checklist) return { mode: 'checklist' };
  if (values.take !== undefined) return { mode: 'take', report: values.take };
  const { local, profile, account, only, resume, report } = values;
  const region = values.region ?? environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION;
  const broken = values.broken.filter(isBreakage);
  if (broken.length < values.broken.length)
    throw new Error(`--broken is one of ${BREAKAGES.join(', ')}, not ${values.broken.join(', ')}.`);
  if (broken.length > 0 && !local) throw new Error('--broken goes with --local: AWS is as it is.');
  if (local && profile !== undefined) throw new Error('Either --local or --profile: the local AWS has no profiles.');
  if (!local && region === undefined) throw new Error('Which Region? Say --region, or set AWS_REGION.');
  if (account !== undefined && !/^\d{12}$/.test(account))
    throw new Error(`--account is a number of twelve digits, not '${account}'.`);
  const rounds = Number(values.rounds);
  if (!(Number.isInteger(rounds) && rounds > 0))
    throw new Error(`--rounds is a whole number from 1 up, not '${values.rounds}'.`);
  return {
    mode: values['clean-up'] ? 'clean-up' : 'run',
    local,
    profile,
    region,
    replicaRegion: values['replica-region'],
    account,
    only,
    resume,
    rounds,
    broken,
    report,
  };
}
