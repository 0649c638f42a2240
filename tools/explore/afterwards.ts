import type { Operation } from '../simulation/cloudformation';
import type { Simulation } from '../simulation/simulation';
import { Violation } from '../simulation/witness';

const MINUTE = 60_000;
/** Longer than KMS swallows calls after a rotation. */
const PAUSE = 20 * MINUTE;

/**
 * Checks after a script, with every fault repaired, that a new token rotates each key, and that so does every token that is not used
 * up, unless KMS has already accepted its call.
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
    if (isSoon) yield* mustRotate(simulation, arn, 'LATER');
    yield { pause: 110 * MINUTE };
    for (const token of witness.tokensOf(arn)) {
      if (witness.isUsedUp(arn, token)) continue;
      if (!witness.wasAccepted(arn, token)) yield* mustRotateAfterPause(simulation, arn, token);
      else if (!(yield* eventuallyRotates(simulation, arn, token))) lost();
    }
    yield* mustRotate(simulation, arn, 'LAST');
  }
}

function* mustRotate(simulation: Simulation, arn: string, token: string): Operation<void> {
  if (yield* eventuallyRotates(simulation, arn, token)) return;
  throw new Violation('no key is stuck', `Every fault is repaired, but token ${token} cannot rotate ${arn}`);
}

/** After a day of refusals the token's next claim may have to wait for another day. */
function* mustRotateAfterPause(simulation: Simulation, arn: string, token: string): Operation<void> {
  if (yield* eventuallyRotates(simulation, arn, token)) return;
  yield { pause: 3 * 24 * 60 * MINUTE };
  yield* mustRotate(simulation, arn, token);
}

/** Deploys until a claim that may be open has settled, which takes 75 minutes, and a rotation is over. */
function* eventuallyRotates(simulation: Simulation, arn: string, token: string): Operation {
  const slowest = Math.max(8 * MINUTE, simulation.configuration.pace?.listed ?? 0);
  for (let waited = 0; waited < 80 * MINUTE + slowest; waited += PAUSE) {
    yield { pause: PAUSE };
    if (yield* simulation.deployInOwnStack(arn, token)) return true;
  }
  return false;
}
