import type { CloudFormationClient } from './cloudformation-client';
import type { Trial } from './trial';
import type { Version } from './versions';

/** Something that the user or AWS does. */
interface Act {
  /** What is deployed, if anything. */
  readonly version?: Version;
  carryOut(trial: Trial, client: CloudFormationClient): Promise<void>;
}

/** Something that happens to keys sooner or later. */
export interface Situation {
  readonly title: string;
  /** Whether the key is an HMAC key, which KMS cannot rotate, instead of a symmetric one. */
  readonly ineligibleKey?: boolean;
  /** Done beforehand, and not counted; its rotations are over. */
  readonly given: readonly Act[];
  /** What goes wrong meanwhile. */
  readonly mishap?: (trial: Trial) => void;
  readonly acts: readonly Act[];
}

const A: Version = { token: 'A' };
const B: Version = { token: 'B' };
const RENAMED: Version = { ...A, id: 'Renamed' };
const FAILS_AT_ONCE: Version = { ...B, failsAfter: 0 };
const FAILS_LATER: Version = { ...B, failsAfter: 180 };
const PATIENCE = 300;

/** Longer than a rotation takes. */
const LATER = 150;

const deploy = (version: Version): Act => ({ version, carryOut: (trial, client) => trial.deploy(client, version) });
const destroy: Act = { carryOut: (trial, client) => trial.destroy(client) };
const deliverAgain: Act = {
  carryOut: async (trial) => {
    await trial.wait(LATER);
    trial.deliverAgain(trial.lastInvocation());
  },
};

/** In the order of the table. */
export const SITUATIONS: readonly Situation[] = [
  { title: 'first deployment', given: [], acts: [deploy(A)] },
  { title: 'token A → B', given: [deploy(A)], acts: [deploy(B)] },
  {
    title: 'A → B, another resource fails at once, rollback',
    given: [deploy(A)],
    acts: [deploy(FAILS_AT_ONCE)],
  },
  { title: 'A → B, another resource fails 3 minutes later, rollback', given: [deploy(A)], acts: [deploy(FAILS_LATER)] },
  { title: '… and B deployed again', given: [deploy(A), deploy(FAILS_AT_ONCE)], acts: [deploy(B)] },
  { title: 'only `ServiceTimeout` changed', given: [deploy(A)], acts: [deploy({ ...A, serviceTimeout: PATIENCE })] },
  {
    title: 'A → B on a key without rotations left, rollback',
    given: [deploy(A)],
    mishap: (trial) => {
      trial.useUpRotations();
    },
    acts: [deploy(B)],
  },
  {
    title: 'the event of A → B delivered twice at once',
    given: [deploy(A)],
    mishap: (trial) => {
      trial.atFirstCall('before', (running) => {
        trial.deliverAgain(running);
      });
    },
    acts: [deploy(B)],
  },
  {
    title: 'the event of A → B delivered again 150 seconds later',
    given: [deploy(A)],
    acts: [deploy(B), deliverAgain],
  },
  {
    title: 'A → B, the connection breaks during the answer',
    given: [deploy(A)],
    mishap: (trial) => {
      trial.failAnswers(1);
    },
    acts: [deploy(B)],
  },
  {
    title: 'A → B, it breaks twice',
    given: [deploy(A)],
    mishap: (trial) => {
      trial.failAnswers(2);
    },
    acts: [deploy(B)],
  },
  {
    title: `A → B, the answer is met by status 403 (with a \`ServiceTimeout\` of ${PATIENCE} seconds rather than an hour)`,
    given: [deploy({ ...A, serviceTimeout: PATIENCE })],
    mishap: (trial) => {
      trial.failAnswers(1, 403);
    },
    acts: [deploy({ ...B, serviceTimeout: PATIENCE })],
  },
  {
    title: 'A → B, the function crashes after KMS accepted',
    given: [deploy(A)],
    mishap: (trial) => {
      trial.atFirstCall('after', (running) => {
        trial.crash(running);
      });
    },
    acts: [deploy(B)],
  },
  { title: 'construct renamed', given: [deploy(A)], acts: [deploy(RENAMED)] },
  { title: 'stack deleted and created again', given: [deploy(A)], acts: [destroy, deploy(A)] },
  { title: 'back to the old token: A → B → A', given: [deploy(A), deploy(B)], acts: [deploy(A)] },
  { title: 'HMAC key, which KMS cannot rotate', ineligibleKey: true, given: [], acts: [deploy(A)] },
];
