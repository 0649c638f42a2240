import { parseArgs } from 'node:util';
import { tryCases, tryMutations } from './trees/directed';
import { explore } from './trees/exploration';
import { Libraries } from './trees/libraries';
import { runWith } from './trees/other-version';
import { type Results, exploredOf, mutationTable, story, table } from './trees/report';

// Template validation takes seconds, and nobody reads the stack traces of hundreds of errors.
process.env.CDK_VALIDATION = 'false';
Error.stackTraceLimit = 0;

/**
 * Explores the constructs in random apps, far deeper than the tests do: in a separate program, because Jest slows code down several times.
 *
 *     npm run trees -- [--runs <n>] [--seed <n>] [--findings <n>] [--cases] [--mutations] [--mutants <n>] [--cdk <version>] [--json]
 *
 * `--mutations` tries each mutation on the named apps that show it, `--mutants` on that many random ones; `--cdk` takes another aws-cdk-lib.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '3000' },
      seed: { type: 'string', default: '1' },
      findings: { type: 'string', default: '5' },
      cases: { type: 'boolean', default: false },
      mutations: { type: 'boolean', default: false },
      mutants: { type: 'string', default: '0' },
      cdk: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const runs = numberOf(values.runs);
  const seed = numberOf(values.seed);
  const mutants = numberOf(values.mutants);
  if (values.cdk !== undefined) {
    const others = process.argv.slice(2).filter((option, i, all) => option !== '--cdk' && all[i - 1] !== '--cdk');
    process.exitCode = runWith(values.cdk, __filename, __dirname, others);
    return;
  }
  const libraries = new Libraries(process.cwd(), __dirname);
  const world = await libraries.world();
  const before = process.cpuUsage();
  const tally = explore(world, { runs, seed, maxFindings: numberOf(values.findings) });
  const { user, system } = process.cpuUsage(before);
  const results: Results = {
    explored: exploredOf(tally, seed, libraries.version, (user + system) / 1e6),
    cases: values.cases ? tryCases(world) : [],
    mutations: values.mutations || mutants > 0 ? await tryMutations(libraries, { runs: mutants, seed }) : [],
  };
  if (values.json) console.log(JSON.stringify(results));
  else print(results);
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`${text} is not a whole number`);
  return number;
}

function print({ explored, cases, mutations }: Results): void {
  for (const finding of explored.findings) console.log(`${story(finding)}\n`);
  const unexpected = cases.filter(({ expected, actual }) => expected !== actual);
  for (const { name, expected, actual } of unexpected) console.log(`${name}: expected ${expected}, but got ${actual}`);
  console.log(table(explored));
  if (mutations.length > 0) console.log(`\nMutations of the library:\n${mutationTable(mutations)}`);
  const isCaught = mutations.every(({ caught }) => caught !== undefined);
  if (explored.findings.length > 0 || unexpected.length > 0 || !isCaught) process.exitCode = 1;
}

void main();
