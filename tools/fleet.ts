/**
 * Rotates fleets of 400 keys, or of the given sizes, within AWS's quotas and in virtual time, and prints their load and duration.
 *
 *     npm run fleet -- [keys…] [operation=calls per second…]
 *
 * `operation=…` raises a quota.
 */
import { runFleet } from './fleet/fleet';
import { QUOTAS } from './fleet/quotas';
import { describe } from './fleet/report';

const CONCURRENCIES = [
  { concurrency: 1000, queuePause: 300 },
  { concurrency: 50, queuePause: 300 },
  { concurrency: 50, queuePause: 1 },
  { concurrency: 10, queuePause: 300 },
];

async function main(args: readonly string[]): Promise<void> {
  const fleets = args.filter((arg) => !arg.includes('=')).map(Number);
  const raised = Object.fromEntries(
    args
      .filter((arg) => arg.includes('='))
      .map((arg) => arg.split('='))
      .map(([name = '', rate]) => [name, Number(rate)]),
  );
  const wrong =
    [...fleets, ...Object.values(raised)].some((n) => !(Number.isInteger(n) && n > 0)) ||
    Object.keys(raised).some((name) => !(name in QUOTAS));
  if (wrong)
    throw new Error(
      `Allowed are numbers of keys, and quotas as in PutParameter=10, of ${Object.keys(QUOTAS).join(', ')}.`,
    );
  for (const keys of fleets.length > 0 ? fleets : [400]) {
    for (const lambda of CONCURRENCIES) {
      console.log(
        `${describe(await runFleet({ keys, ...lambda, rotationTime: 110, completionTimeout: 780, seed: 1, raised }))}\n`,
      );
    }
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
