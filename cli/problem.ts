/** Exit codes. */
export const EXIT = {
  ok: 0,
  /** A rotation failed, or has an outcome that `--fail-on` names. */
  failed: 1,
  /** The command line is wrong, or names something that does not exist. */
  usage: 2,
  /** Part of the answer is missing, and marked. */
  incomplete: 3,
  /** AWS could not be called at all. */
  noAccess: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const PAGE = 'https://github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation/blob/main/docs/operations.md';

interface Sentence {
  readonly code: string;
  /** What is wrong. A sentence or two, with their full stops. */
  readonly what: string;
  /** One line that can be pasted into a shell. */
  readonly run?: string;
  readonly then?: string;
}

/** Why a command cannot run. It is not about a key's rotation, so it has no verdict. */
export class Problem extends Error {
  public constructor(
    public readonly sentence: Sentence,
    public readonly exitCode: ExitCode,
  ) {
    super(sentence.what);
    this.name = 'Problem';
  }

  /** In the format of a failed deployment's sentences. */
  public get text(): string {
    const { code, what, run, then } = this.sentence;
    return [
      `[${code}] ${what}`,
      ...(run === undefined ? [] : ['Run:', run]),
      ...(then === undefined ? [] : [then]),
      `More: ${PAGE}#${code.toLowerCase()}`,
    ].join('\n');
  }
}

export const badOption = (what: string) => new Problem({ code: 'BadOption', what: `${what}.` }, EXIT.usage);

export const noRegion = () =>
  new Problem(
    {
      code: 'NoRegion',
      what: 'No Region is chosen.',
      then: 'Add --region, or set AWS_REGION (AWS_DEFAULT_REGION is not read).',
    },
    EXIT.usage,
  );

export const noCredentials = (profile: string | undefined, reason: string) =>
  new Problem(
    {
      code: 'NoCredentials',
      what: `No credentials were found${profile === undefined ? '' : ` by the profile ${profile}`}: ${reason}.`,
      run: profile === undefined ? 'aws configure list' : `aws configure list --profile ${profile}`,
    },
    EXIT.noAccess,
  );

export const expiredCredentials = (profile: string | undefined) =>
  new Problem(
    {
      code: 'ExpiredCredentials',
      what: 'The credentials have expired.',
      run: `aws sso login${profile === undefined ? '' : ` --profile ${profile}`}`,
      then: 'Or get new ones the way you got these.',
    },
    EXIT.noAccess,
  );

export const regionRefused = (region: string, reason: string) =>
  new Problem(
    {
      code: 'RegionRefused',
      what: `Region ${region} refuses these credentials: it is not enabled for the account, or they are not valid (${reason}).`,
      run: `aws account get-region-opt-status --region-name ${region}`,
    },
    EXIT.noAccess,
  );

export const unreachable = (region: string, reason: string) =>
  new Problem(
    {
      code: 'Unreachable',
      what: `AWS could not be reached in Region ${region}: ${reason}.`,
      then: 'Check the name of the Region, the network, and HTTPS_PROXY.',
    },
    EXIT.noAccess,
  );

export const unanswered = (region: string, reason: string) =>
  new Problem(
    {
      code: 'Unanswered',
      what: `AWS failed to answer in Region ${region} (a server error, or a call without permission): ${reason}.`,
    },
    EXIT.noAccess,
  );

export const noSuchKey = (identifier: string, region: string, reason: string) =>
  new Problem(
    {
      code: 'NoSuchKey',
      what: `${identifier} is no key in ${region} that could be read: ${reason}.`,
      run: `aws kms list-aliases --region ${region}`,
    },
    EXIT.usage,
  );

/** A required call was refused, or this program has a bug. */
export const unexpected = (error: unknown) =>
  new Problem(
    {
      code: 'Unexpected',
      what: `The command failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      then: 'If AWS does not say why, open an issue with this output.',
    },
    EXIT.noAccess,
  );

export const noAssembly = (directory: string, reason: string) =>
  new Problem(
    {
      code: 'NoCloudAssembly',
      what: `There is no cloud assembly in ${directory}: ${reason}.`,
      run: 'npx cdk synth --quiet',
      then: 'With the --app that you deploy with, if there is no cdk.json. Then name the directory by --app here, if it is not cdk.out.',
    },
    EXIT.usage,
  );

export const otherAssembly = (directory: string, version: string) =>
  new Problem(
    {
      code: 'OtherCloudAssembly',
      what: `The cloud assembly in ${directory} has the version ${version}, in which no stacks were found where this program looks for them.`,
      run: 'npx cdk synth --quiet',
      then: 'If that changes nothing, upgrade cdk-on-demand-key-rotation.',
    },
    EXIT.usage,
  );

export const noSuchStack = (name: string, app: string, known: readonly string[]) =>
  new Problem(
    { code: 'NoSuchStack', what: `There is no stack ${name} in ${app}; there are ${known.join(', ') || 'none'}.` },
    EXIT.usage,
  );

export const wrongClock = (difference: number) =>
  new Problem(
    {
      code: 'WrongClock',
      what: `This machine's clock is ${Math.round(Math.abs(difference) / 1000)} seconds ${difference > 0 ? 'behind' : 'ahead of'} AWS's, and the ledger would say so; nothing was begun.`,
      run: 'timedatectl set-ntp true',
      then: 'Then run this again.',
    },
    EXIT.usage,
  );

export const notConfirmed = (what: string) =>
  new Problem(
    {
      code: 'NotConfirmed',
      what: `This ${what}, and nobody is at the terminal to be asked; nothing was begun.`,
      then: 'Add --yes.',
    },
    EXIT.usage,
  );
