import type { handle } from '../../lambda/handler';
import type { withDeadline } from '../../lambda/deadline';
import { DOCUMENTED } from '../simulation/configuration';
import { VirtualClock } from '../simulation/virtual-clock';
import { configurations } from './configurations';
import { loadWithDefect } from './mutated-handler';
import type { Caught, Mutation } from './mutations';
import { type Depth, allScripts, explore } from './passes';
import { causeOf } from './report';

const DEPTH: Depth = { seed: 1, calls: 150_000, maxDeviations: 4, findings: 1 };

/** Explores the handler with a defect, until a promise is broken. */
export async function catchMutation(root: string, mutation: Mutation): Promise<Caught> {
  const { name, scripts, configuration: configurationName, focus } = mutation;
  if (scripts.length === 0) return { mutation: name, by: await catchStall(root, mutation), calls: 0 };
  const handler = (await loadWithDefect(root, 'handler.ts', mutation)) as { readonly handle: typeof handle };
  const configuration = configurations.find((one) => one.name === configurationName) ?? DOCUMENTED;
  let calls = 0;
  for (const scriptName of scripts) {
    const script = allScripts.find((one) => one.name === scriptName);
    if (!script || (configurationName !== undefined && configuration === DOCUMENTED))
      throw new Error(`Mutation "${name}" names an unknown script or configuration`);
    const tally = await explore(handler.handle, configuration, script, { ...DEPTH, focus });
    calls += tally.calls;
    const [finding] = tally.findings;
    if (finding) return { mutation: name, by: `"${finding.invariant}" ${causeOf(finding)}`, calls };
  }
  return { mutation: name, by: undefined, calls };
}

/** Sends a request that is never answered, with timers in virtual time. */
async function catchStall(root: string, mutation: Mutation): Promise<string | undefined> {
  const clock = new VirtualClock();
  const deadline = (await loadWithDefect(root, 'deadline.ts', mutation, {
    setTimeout: (callback: () => void, delay: number) => clock.after(delay, callback),
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
