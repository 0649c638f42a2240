import type { Configuration } from '../simulation/configuration';
import { configurations, withoutAxiom } from './configurations';
import { type Depth, allScripts } from './passes';
import type { Script } from './scripts';

/** A script to explore in a configuration. */
export interface Task {
  readonly configuration: Configuration;
  readonly script: Script;
  readonly depth: Depth;
}

const BASE = { seed: 20261128, maxDeviations: 4, findings: 3 };
/** `npm test`: calls per script, in the documented configuration and in each of the others. */
const TEST_CALLS = { documented: 4_500, others: 2_000 };
/** `npm test`: each of the other configurations takes every n-th script, starting elsewhere, so that every script meets several bounds. */
const TEST_STRIDE = 4;
/** `npm run explore`. */
export const DEEP: Depth = { seed: 1, calls: 200_000, maxDeviations: 6, findings: 3 };

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

/** Every script in every configuration, or only the selected ones. */
export function deepPlan(selection: Selection, depth: Depth): Task[] {
  const wantedConfigurations = select(
    'configuration',
    selection.withoutAxiom ? withoutAxiom : configurations,
    selection.configurations,
  );
  const wantedScripts = select('script', allScripts, selection.scripts);
  return wantedConfigurations.flatMap((configuration) =>
    wantedScripts.map((script) => ({ configuration, script, depth })),
  );
}

function select<T extends { readonly name: string }>(
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
