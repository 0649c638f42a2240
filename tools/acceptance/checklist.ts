import type { Chapter, Part } from './part';
import { PARTS } from './parts';
import { FINAL_LOOK } from './report/report';
import type { StepOutcome } from './run-state';

/** The latest result of a step on AWS. */
export interface AwsRun {
  readonly part: string;
  readonly step: string;
  readonly outcome: StepOutcome;
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly version: string;
  readonly region: string;
}

/** What no run can try, and why. */
const BY_HAND: readonly { readonly item: string; readonly expected: string; readonly why: string }[] = [
  {
    item: 'a key with automatic rotation that is due within 20 minutes',
    expected: 'waits, or `AutomaticRotation`',
    why: 'the shortest period is 90 days',
  },
  {
    item: 'an isolated VPC with the endpoints in [Recipes](recipes.md#accounts-where-everything-is-in-a-vpc), and one without that for S3',
    expected: 'green; without S3 the deployment fails after an hour',
    why: 'endpoints cost money by the hour, and network interfaces stay for long',
  },
  {
    item: 'the service control policy of [Security](security.md#the-ledger)',
    expected: 'nobody can overwrite or delete a record, and rotations work',
    why: 'it belongs to the organization',
  },
  {
    item: 'a stack in China (`aws-cn`) and in GovCloud (`aws-us-gov`)',
    expected: 'green; synthesis is tested for both',
    why: 'they need accounts of their own; there, run all of the above',
  },
  {
    item: 'CDK Pipelines with two accounts',
    expected: "each account's keys are rotated once",
    why: 'it needs two accounts and a source repository',
  },
];

const CHAPTERS: readonly Chapter[] = ['The promise', 'What everything rests on', 'KMS as it is', 'Around it'];

/** The page docs/first-real-deploy.md. */
export function checklist(runs: readonly AwsRun[]): string {
  const parts = [...PARTS, FINAL_LOOK];
  const steps = parts.flatMap((part) => part.steps.map((step) => ({ part, step })));
  const done = steps.filter(({ part, step }) => runOf(runs, part.name, step.name)?.outcome === 'held').length;
  return `${[
    '# First real deployment: a checklist',
    '*For whoever tries it on AWS first.*',
    '<!-- Made by `npm run acceptance -- --checklist` from tools/acceptance: change it there. -->',
    `Everything here was built and tested without an AWS account, against a local AWS that follows AWS's documentation and recorded
answers. One command checks on a real account whatever a command can check, and measures the assumptions behind the
[promise](exactly-once.md). **${done === 0 ? 'None of it has been run on AWS yet' : `${done} of ${steps.length} have held on AWS`}.** Whoever runs it first, please
[report](https://github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation/issues) what you see.`,
    '## Run it',
    `Use an account for experiments that is [bootstrapped](https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping.html), and an
administrator's credentials:`,
    '```\nnpm run acceptance -- --profile <profile> --region <Region>\n```',
    `It first says what it creates, what that costs and how long it takes, and starts when you have typed the account's number. It only
uses keys of its own. At the end, and on Ctrl-C, it deletes its stacks and schedules its keys for deletion. \`--only <name>\` runs one
part, \`--resume\` continues an interrupted run, \`--clean-up\` removes what it left behind, and \`--local\` runs the same on the
local AWS, as CI does with every change.`,
    `The results are in \`acceptance-report/\`: a page with plots, the same as Markdown and JSON, and all calls as recordings without
account numbers. \`npm run acceptance -- --take acceptance-report\` adds the results of a run on AWS to this page, and its recordings to
the tests of the local AWS.`,
    ...CHAPTERS.map((chapter) =>
      [
        `## ${chapter}`,
        '',
        ...parts
          .filter((part) => part.chapter === chapter)
          .flatMap((part) => part.steps.map((step) => entry(part, step, runOf(runs, part.name, step.name)))),
      ].join('\n'),
    ),
    '## By hand',
    `What a command cannot check:`,
    BY_HAND.map(
      ({ item, expected, why }) => `- [ ] **Not yet:** ${item}. Expected: ${expected}. Not automated, since ${why}.`,
    ).join('\n'),
  ].join('\n\n')}\n`;
}

function entry(part: Pick<Part, 'name'>, step: Part['steps'][number], run: AwsRun | undefined): string {
  const mark = run?.outcome === 'held' ? 'x' : ' ';
  const when =
    run === undefined
      ? '**Not yet:**'
      : `**${run.outcome}, ${run.at.slice(0, 10)}, ${run.region}, version ${run.version}:**`;
  return `- [${mark}] ${when} ${step.item}. Expected: ${step.expected}. (\`${part.name}\`)`;
}

function runOf(runs: readonly AwsRun[], part: string, step: string): AwsRun | undefined {
  return runs.filter((run) => run.part === part && run.step === step).sort((a, b) => b.at.localeCompare(a.at))[0];
}
