import type { handle } from '../../lambda/handler';
import type { withDeadline } from '../../lambda/deadline';
import { DOCUMENTED } from '../simulation/configuration';
import { VirtualClock } from '../simulation/virtual-clock';
import { configurations } from './configurations';
import { withDefect } from './mutated-handler';
import type { Mutation } from './mutations';
import { type Depth, allScripts, explore } from './passes';
import { howOf } from './report';

export interface Caught {
  readonly mutation: string;
  /** Undefined where nothing has noticed. */
  readonly by: string | undefined;
  readonly calls: number;
}

const DEPTH: Depth = { seed: 1, calls: 150_000, most: 4, findings: 1 };

/** Explores the handler with a defect, until a promise is broken. */
export async function catchMutation(root: string, mutation: Mutation): Promise<Caught> {
  const { name, scripts, configuration: configurationName, focus } = mutation;
  if (scripts.length === 0) return { mutation: name, by: await whenStalled(root, mutation), calls: 0 };
  const handler = (await withDefect(root, 'handler.ts', mutation)) as { readonly handle: typeof handle };
  const configuration = configurations.find((one) => one.name === configurationName) ?? DOCUMENTED;
  let calls = 0;
  for (const scriptName of scripts) {
    const script = allScripts.find((one) => one.name === scriptName);
    if (!script || (configurationName !== undefined && configuration === DOCUMENTED))
      throw new Error(`Mutation "${name}" names a script or a configuration that there is not`);
    const tally = await explore(handler.handle, configuration, script, { ...DEPTH, focus });
    calls += tally.calls;
    const [finding] = tally.findings;
    if (finding) return { mutation: name, by: `"${finding.invariant}" ${howOf(finding)}`, calls };
  }
  return { mutation: name, by: undefined, calls };
}

/** A request that is never answered, with timers in virtual time. */
async function whenStalled(root: string, mutation: Mutation): Promise<string | undefined> {
  const clock = new VirtualClock();
  const deadline = (await withDefect(root, 'deadline.ts', mutation, {
    setTimeout: (act: () => void, delay: number) => clock.after(delay, act),
    clearTimeout: () => undefined,
  })) as { readonly withDeadline: typeof withDeadline };
  const over = () => 'over' as const;
  const request = deadline.withDeadline(1_000, () => new Promise<never>(() => undefined)).then(over, over);
  await clock.run();
  const stalled = new Promise<'stalled'>((resolve) => {
    setImmediate(resolve, 'stalled');
  });
  return (await Promise.race([request, stalled])) === 'over' ? undefined : 'a request that stalls: it never ends';
}
