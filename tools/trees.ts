import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { explore } from './trees/exploration';
import { Libraries } from './trees/libraries';

// The library's template validation costs seconds, and nobody reads stacks of errors that are made by the hundred.
process.env.CDK_VALIDATION = 'false';
Error.stackTraceLimit = 0;

/**
 * Explores the constructs in apps that are drawn at random.
 *
 *     npm run trees -- [--runs <n>] [--seed <n>] [--findings <n>] [--json]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      findings: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
    },
  });
  const libraries = new Libraries(resolve(process.cwd()), __dirname);
  const tally = explore(await libraries.world(), {
    runs: Number(values.runs),
    seed: Number(values.seed),
    most: Number(values.findings),
  });
  console.log(
    JSON.stringify({
      ...tally,
      shapes: tally.shapes.size,
      refused: Object.fromEntries(tally.refused),
      findings: tally.findings.length,
    }),
  );
  for (const finding of tally.findings)
    console.log(
      `\n"${finding.invariant}" (seed ${finding.seed}, path ${finding.path})\n${finding.message}\n${JSON.stringify(finding.plan, undefined, 1)}`,
    );
}

void main();
