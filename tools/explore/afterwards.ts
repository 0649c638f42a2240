import type { Operation } from '../simulation/cloudformation';
import type { Simulation } from '../simulation/simulation';
import { Violation } from '../simulation/witness';

const MINUTE = 60_000;

/**
 * What comes when a script is over and the world is at rest: nothing is wrong any more, so a new token rotates each key, soon or after
 * the old ones, and so do the old ones, unless KMS has accepted their calls before.
 */
export function* afterwards(simulation: Simulation, lost: () => void): Operation<void> {
  const { scheduler, store, keys, trace, witness, clock } = simulation;
  const isSoon = trace.value % 2 === 0;
  scheduler.calm();
  store.isFull = false;
  store.repair();
  yield { pause: (isSoon ? 10 : 150) * MINUTE };
  for (const [arn, key] of keys) {
    key.setState('Enabled', clock.now);
    if (isSoon) yield* rotates(simulation, arn, 'LATER');
    yield { pause: 110 * MINUTE };
    for (const token of witness.tokensOf(arn)) {
      if (witness.isUsedUp(arn, token)) continue;
      if (!witness.wasAccepted(arn, token)) yield* rotates(simulation, arn, token);
      else if (!(yield* inTheEnd(simulation, arn, token))) lost();
    }
    yield* rotates(simulation, arn, 'LAST');
  }
}

function* rotates(simulation: Simulation, arn: string, token: string): Operation<void> {
  if (yield* inTheEnd(simulation, arn, token)) return;
  throw new Violation('no key is stuck', `Nothing is wrong any more, and token ${token} cannot rotate ${arn}`);
}

function* inTheEnd(simulation: Simulation, arn: string, token: string): Operation {
  for (let n = 0; n < 4; n++) {
    // Longer than KMS swallows calls after the rotation before.
    yield { pause: 30 * MINUTE };
    if (yield* simulation.deployed(arn, token)) return true;
  }
  return false;
}
