import type { Operation } from '../simulation/cloudformation';
import type { Simulation } from '../simulation/simulation';
import { Violation } from '../simulation/witness';

const MINUTE = 60_000;
/** Longer than KMS swallows calls after the rotation before. */
const PAUSE = 20 * MINUTE;

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
  if (!isSoon) yield { pause: 150 * MINUTE };
  for (const [arn, key] of keys) {
    key.setState('Enabled', clock.now);
    if (isSoon) yield* rotates(simulation, arn, 'LATER');
    yield { pause: 110 * MINUTE };
    for (const token of witness.tokensOf(arn)) {
      if (witness.isUsedUp(arn, token)) continue;
      if (!witness.wasAccepted(arn, token)) yield* rotatesAfterPause(simulation, arn, token);
      else if (!(yield* inTheEnd(simulation, arn, token))) lost();
    }
    yield* rotates(simulation, arn, 'LAST');
  }
}

function* rotates(simulation: Simulation, arn: string, token: string): Operation<void> {
  if (yield* inTheEnd(simulation, arn, token)) return;
  throw new Violation('no key is stuck', `Nothing is wrong any more, and token ${token} cannot rotate ${arn}`);
}

/** After a cause that lasted for a day the token's next claim may have to wait for as long again. */
function* rotatesAfterPause(simulation: Simulation, arn: string, token: string): Operation<void> {
  if (yield* inTheEnd(simulation, arn, token)) return;
  yield { pause: 3 * 24 * 60 * MINUTE };
  yield* rotates(simulation, arn, token);
}

/** Tries until a claim that may be open has come to nothing, which takes 75 minutes, and a rotation is over. */
function* inTheEnd(simulation: Simulation, arn: string, token: string): Operation {
  const slowest = Math.max(8 * MINUTE, simulation.configuration.pace?.listed ?? 0);
  for (let waited = 0; waited < 80 * MINUTE + slowest; waited += PAUSE) {
    yield { pause: PAUSE };
    if (yield* simulation.deployed(arn, token)) return true;
  }
  return false;
}
