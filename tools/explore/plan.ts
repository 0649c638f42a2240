import type { Configuration } from '../simulation/configuration';
import { configurations, withoutAxiom } from './configurations';
import { type Depth, allScripts } from './passes';
import type { Script } from './scripts';

/** What is explored in one go: a script in a configuration. */
export interface Task {
  readonly configuration: Configuration;
  readonly script: Script;
  readonly depth: Depth;
}

const BASE = { seed: 20261128, most: 4, findings: 3 };
/** Of `npm test`: calls for a script in the documented configuration, and in each other one. */
const TEST_CALLS = { documented: 6_000, others: 2_500 };
/** In `npm test` every other configuration takes one script of so many, each others, so that every script meets several bounds. */
const TEST_STRIDE = 4;
/** `npm run explore`. */
export const DEEP: Depth = { seed: 1, calls: 200_000, most: 6, findings: 3 };

/** What `npm test` explores. */
export function testPlan(): Task[] {
  return configurations.flatMap((configuration, i) =>
    allScripts.flatMap((script, j) => {
      const isDocumented = i === 0;
      if (!isDocumented && script !== allScripts[0] && j % TEST_STRIDE !== i % TEST_STRIDE) return [];
      return [
        { configuration, script, depth: { ...BASE, calls: isDocumented ? TEST_CALLS.documented : TEST_CALLS.others } },
      ];
    }),
  );
}

export interface Selection {
  /** Names, or parts of names; undefined: all. */
  readonly configurations: readonly string[] | undefined;
  readonly scripts: readonly string[] | undefined;
  readonly withoutAxiom: boolean;
}

/** Every script in every configuration, or those that are chosen. */
export function deepPlan(selection: Selection, depth: Depth): Task[] {
  const wanted = chosen(
    'configuration',
    selection.withoutAxiom ? withoutAxiom : configurations,
    selection.configurations,
  );
  const wantedScripts = chosen('script', allScripts, selection.scripts);
  return wanted.flatMap((configuration) => wantedScripts.map((script) => ({ configuration, script, depth })));
}

function chosen<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[] | undefined,
): readonly T[] {
  if (!names) return all;
  return names.flatMap((name) => {
    const exact = all.filter((one) => one.name === name);
    const found = exact.length > 0 ? exact : all.filter((one) => one.name.includes(name));
    if (found.length === 0)
      throw new Error(`There is no ${what} "${name}"; there are: ${all.map((one) => one.name).join('; ')}`);
    return found;
  });
}
