/**
 * Puts `AwsCustomResource` with `rotateKeyOnDemand` and `OnDemandKeyRotation` through the same situations on a local AWS, with their
 * real handlers, and prints the outcomes.
 *
 *     npm run compare -- [--rotation-time 131] [--write]
 *
 * - `--rotation-time`: how many seconds KMS takes to rotate a key; 131 by default.
 * - `--write`: puts the table into docs/exactly-once.md, and three of its rows into README.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROTATION_TIME, compare } from './compare/comparison';
import { brief, table, withSection } from './compare/table';

const PROJECT = join(__dirname, '..');

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'rotation-time': { type: 'string' }, write: { type: 'boolean' } } });
  const rotationTime = Number(values['rotation-time'] ?? ROTATION_TIME);
  if (!(rotationTime >= 0))
    throw new Error(`--rotation-time is ${values['rotation-time'] ?? ''}; allowed is a number of seconds.`);
  console.log(
    `Two ways to rotate a key on demand, side by side on a local AWS on which a rotation takes ${rotationTime} s ...\n`,
  );
  const situations = await compare(rotationTime);
  console.log(table(situations));
  if (values.write) {
    write('docs/exactly-once.md', table(situations));
    write('README.md', brief(situations));
  }
}

function write(document: string, section: string): void {
  const file = join(PROJECT, document);
  writeFileSync(file, withSection(readFileSync(file, 'utf8'), section));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
