import * as failures from '../../../lambda/failures';
import { type Step, nextStep, reasonOf } from '../../../lambda/decision';
import type { Situation } from '../../../lambda/situation';
import {
  HOUR,
  MINUTE,
  NOW,
  OURS,
  SECOND,
  ago,
  at,
  key,
  ledger,
  material,
  record,
  request,
  rotation,
  situation,
} from './situations';

/** A row of a table in lambda/decision.ts: the situation, and the step in short. */
type Row = readonly [what: string, is: Partial<Situation>, step: string];

/** The step, its object, and its failure. */
function short(step: Step): string {
  switch (step.do) {
    case 'record': {
      const { record: written } = step;
      const ends = 'ends' in written && written.ends !== undefined ? ` ends ${written.ends}` : '';
      const failing = step.failing ? `, failing: ${step.failing.code}` : '';
      return `record ${written.state} ${written.token}${ends}${step.optional ? ', if it can' : ''}${failing}`;
    }
    case 'read the ledger':
      return step.failing ? `read the ledger, failing: ${step.failing.code}` : step.do;
    case 'wait':
      return `wait: ${step.failure.code}${step.failing ? ', failing' : ''}`;
    case 'fail':
      return `fail: ${step.failure.code} ${step.failure.verdict}`;
    case 'succeed':
      return `succeed by ${step.record.number}`;
    case 'call KMS':
      return `call KMS for ${step.claim.number}`;
    case 'look at the key':
      return step.do;
  }
}

const decides = (rows: readonly Row[]) => {
  test.each(rows)('%s', (_, is, step) => {
    expect(short(nextStep(situation(is)))).toBe(step);
  });
};

const claim = record(1, 'claimed', at(ago(MINUTE)));
const ours = record(1, 'claimed', { invocation: OURS, ...at(ago(MINUTE)) });
const ofClaim = rotation(1, ago(10 * SECOND));
const disabled = key([], { metadata: { KeyState: 'Disabled' } });
const failure = failures.keyDisabled('key');
const damaged = (kind: 'stray' | 'unreadable' | 'changed') =>
  ledger([], { damage: [{ kind, parameter: '/on-demand-key-rotation/k/1' }], last: kind === 'stray' ? 0 : 1 });

describe('in general', () => {
  const rotated = [claim, record(2, 'rotated', { ends: 1 })];
  decides([
    ['the token is used up', { ledger: ledger(rotated), key: disabled }, 'succeed by 2'],
    [
      'the token is used up, though the ledger may have changed',
      { ledger: ledger(rotated, { isStale: true }) },
      'succeed by 2',
    ],
    ['the token is used up, though the request fails', { ledger: ledger(rotated), failure }, 'succeed by 2'],
    [
      'the token is used up, though the ledger is damaged',
      { ledger: ledger(rotated, { damage: damaged('stray').damage }) },
      'succeed by 2',
    ],
    ['the token is used up, though a number is missing', { ledger: ledger(rotated, { last: 3 }) }, 'succeed by 2'],
    [
      'the token is used up, though it is not allowed',
      { ledger: ledger(rotated), request: request({ problem: failure }) },
      'succeed by 2',
    ],
    ['the token is used up as a baseline', { ledger: ledger([record(1, 'baseline')]) }, 'succeed by 1'],
    ['the token is used up, and so is the time', { ledger: ledger(rotated), now: NOW + HOUR }, 'succeed by 2'],
    [
      'we have overwritten a record',
      { ledger: ledger([], { overwritten: '/k/1', isStale: true }) },
      'fail: LedgerOverwritten UNKNOWN',
    ],
    [
      'we have overwritten a record, and could create another one',
      { ledger: ledger([], { overwritten: '/k/1' }) },
      'fail: LedgerOverwritten UNKNOWN',
    ],
    ['the ledger may have changed', { ledger: ledger([], { isStale: true }) }, 'read the ledger'],
    [
      'the ledger may have changed, and the request fails',
      { ledger: ledger([], { isStale: true }), failure },
      'read the ledger',
    ],
    ['the request fails', { failure }, 'record refused A, failing: KeyDisabled'],
    ['the ledger has a stray', { ledger: damaged('stray') }, 'record refused A, failing: LedgerDamaged'],
    [
      'the ledger has an unreadable record',
      { ledger: damaged('unreadable') },
      'record refused A, failing: LedgerDamaged',
    ],
    ['the ledger has a changed record', { ledger: damaged('changed') }, 'record refused A, failing: LedgerDamaged'],
    ['a number could not be read', { ledger: ledger([], { last: 1 }) }, 'wait: LedgerIncomplete'],
    [
      'the token is not allowed',
      { request: request({ problem: failure }), key: undefined },
      'record refused A, failing: KeyDisabled',
    ],
    ['the key was not read', { key: undefined }, 'look at the key'],
    [
      'the key is of a kind that never rotates',
      { key: key([], { metadata: { KeySpec: 'HMAC_256' } }) },
      'fail: KeySpec NOT ROTATED',
    ],
  ]);
});

describe('a token to be recorded only', () => {
  const only = { request: request({ baselineOnly: true }) };
  decides([
    ["is the key's first token", only, 'record baseline A'],
    ['comes after a refusal', { ...only, ledger: ledger([record(1, 'refused')]) }, 'record baseline A'],
    [
      "comes while another token's claim is open",
      { ...only, ledger: ledger([record(1, 'claimed', { token: 'B' })]) },
      'record baseline A',
    ],
    ['comes for a disabled key', { ...only, key: disabled }, 'record baseline A'],
    ['comes after a rotation', { ...only, ledger: ledger([record(1, 'rotated', { token: 'B' })]) }, 'record claimed A'],
    [
      'comes after a baseline',
      { ...only, ledger: ledger([record(1, 'baseline', { token: 'B' })]) },
      'record claimed A',
    ],
    ['has an open claim', { ...only, ledger: ledger([claim]) }, 'wait: AnotherRequest'],
    [
      'has an open claim that has settled without a rotation',
      { ...only, ledger: ledger([record(1, 'claimed', at(ago(75 * MINUTE)))]) },
      'record baseline A ends 1',
    ],
    [
      'has a call that KMS accepted',
      {
        ...only,
        ledger: ledger([
          record(1, 'claimed', { token: 'A' }),
          record(2, 'requested'),
          record(3, 'refused', { ends: 1 }),
        ]),
      },
      'record refused A, failing: NeverShown',
    ],
  ]);
});

describe('our claim', () => {
  const own = { ledger: ledger([ours]) };
  const dead = record(1, 'claimed', at(ago(2 * HOUR)));
  const claimingOver = record(2, 'claimed', { invocation: OURS, ends: 1, ...at(ago(MINUTE)) });
  const takingOver = ledger([dead, claimingOver]);
  const listing = ledger([{ ...ours, materialsBefore: [material(1).slice(0, 16)] } as typeof ours]);
  const acceptedAt = ago(MINUTE);
  decides([
    ['has not called KMS', own, 'call KMS for 1'],
    ['has not called KMS, and the key was not read', { ...own, key: undefined }, 'look at the key'],
    [
      'has not called KMS, and somebody has rotated by hand since',
      { ...own, key: key([ofClaim]) },
      'record claimed A ends 1',
    ],
    [
      'has not called KMS, and the key has been rotated by hand since and disabled',
      { ...own, key: key([ofClaim], { metadata: { KeyState: 'Disabled' } }) },
      'record refused A ends 1, failing: KeyDisabled',
    ],
    [
      'has not called KMS, and an old rotation is listed late',
      { ...own, key: key([rotation(1, ago(HOUR))]) },
      'record claimed A ends 1',
    ],
    [
      'was made again after a rotation by hand',
      {
        ledger: ledger([
          ours,
          {
            ...record(2, 'claimed', { invocation: OURS, ends: 1 }),
            materialsBefore: [material(1).slice(0, 16)],
          } as typeof ours,
        ]),
        key: key([ofClaim]),
      },
      'call KMS for 2',
    ],
    [
      'has not called KMS, and a rotation is in progress',
      { ...own, key: key([], { rotating: true }) },
      'wait: AnotherRotation',
    ],
    [
      'has not called KMS, and a rotation was in progress and is not listed',
      { ...own, inProgress: { startDate: ago(MINUTE), lastSeenAt: ago(30 * SECOND), claim: 1 } },
      'wait: AnotherRotation',
    ],
    [
      'has not called KMS, and a rotation that was in progress since is listed',
      {
        ledger: listing,
        key: key([ofClaim]),
        inProgress: { startDate: ago(MINUTE), lastSeenAt: ago(30 * SECOND), claim: 1 },
      },
      'record claimed A ends 1',
    ],
    [
      'has not called KMS, and a rotation that was in progress since is never listed',
      {
        ledger: ledger([{ ...ours, ...at(ago(6 * MINUTE)) }]),
        inProgress: { startDate: ago(7 * MINUTE), lastSeenAt: ago(5 * MINUTE), claim: 1 },
      },
      'record claimed A ends 1',
    ],
    [
      'has not called KMS, and a rotation that was in progress before the claim, too, is listed',
      {
        ledger: listing,
        key: key([ofClaim]),
        inProgress: { startDate: ago(2 * MINUTE), lastSeenAt: ago(30 * SECOND), claim: undefined },
      },
      'call KMS for 1',
    ],
    [
      'was claimed anew after one rotation by hand, and another one shows',
      { ledger: ledger([ours, claimingOver]), key: key([ofClaim]) },
      'record claimed A ends 2',
    ],
    [
      'takes over a dead claim of its token, has not called KMS, and a rotation shows',
      { ledger: takingOver, key: key([ofClaim]) },
      'record rotated A ends 2',
    ],
    [
      'takes over a dead claim of its token, has not called KMS, and a rotation is about to show',
      { ledger: takingOver, key: key([ofClaim], { rotating: true }) },
      'wait: NotInForce',
    ],
    ['takes over a dead claim of its token, and no rotation shows', { ledger: takingOver }, 'call KMS for 2'],
    [
      'takes over a dead claim of another token, has not called KMS, and a rotation shows',
      { ledger: ledger([{ ...dead, token: 'B' }, claimingOver]), key: key([ofClaim]) },
      'record claimed A ends 2',
    ],
    [
      'is the second after its own that took over a dead claim of its token',
      {
        ledger: ledger([dead, claimingOver, { ...claimingOver, number: 3, ends: 2 } as typeof claimingOver]),
        key: key([ofClaim]),
      },
      'record rotated A ends 3',
    ],
    [
      'has not called KMS, which shows material that is not listed',
      { ...own, key: key([], { metadata: { CurrentKeyMaterialId: material(9) } }) },
      'wait: AnotherRotation',
    ],
    [
      'has not called KMS, and the key can no longer be rotated',
      { ...own, key: disabled },
      'record refused A ends 1, failing: KeyDisabled',
    ],
    [
      'was accepted, its rotation is in force, and the time is up',
      { ...own, now: NOW + 10 * MINUTE, key: key([ofClaim]), calls: { acceptedAt } },
      'record rotated A ends 1',
    ],
    [
      'has not called KMS, and the time is up',
      { ...own, now: NOW + 10 * MINUTE },
      'record refused A ends 1, failing: TimeIsUp',
    ],
    [
      'was accepted, its rotation does not show, and the time is up',
      { ...own, now: NOW + 10 * MINUTE, calls: { acceptedAt: NOW + 9 * MINUTE } },
      'record requested A, failing: NotInForce',
    ],
    ['was refused for now', { ...own, calls: { notBefore: { at: NOW + 1, failure } } }, 'wait: KeyDisabled'],
    ['was refused, and may call again', { ...own, calls: { notBefore: { at: NOW, failure } } }, 'call KMS for 1'],
    ['was refused for good', { ...own, failure }, 'record refused A ends 1, failing: KeyDisabled'],
    ['has an unknown outcome', { ...own, calls: { unknownAt: ago(MINUTE) } }, 'wait: Unanswered'],
    [
      'has had an unknown outcome for an hour',
      { ledger: ledger([{ ...ours, ...at(ago(2 * HOUR)) }]), calls: { unknownAt: ago(HOUR) } },
      'wait: Unanswered',
    ],
    [
      'has an unknown outcome, and its rotation shows',
      { ...own, calls: { unknownAt: 0 }, key: key([ofClaim], { rotating: true }) },
      'wait: NotInForce',
    ],
    [
      'has an unknown outcome, and its rotation is in force',
      { ...own, calls: { unknownAt: 0 }, key: key([ofClaim]) },
      'record rotated A ends 1',
    ],
    ['was accepted', { ...own, calls: { acceptedAt } }, 'wait: NotInForce'],
    [
      'was accepted, and its rotation is in force',
      { ...own, calls: { acceptedAt }, key: key([ofClaim]) },
      'record rotated A ends 1',
    ],
    [
      'was accepted, and its rotation is listed and not in force',
      { ...own, calls: { acceptedAt }, key: key([ofClaim], { metadata: { CurrentKeyMaterialId: material(0) } }) },
      'wait: NotInForce',
    ],
    [
      'was accepted three minutes ago',
      { ...own, calls: { acceptedAt: ago(3 * MINUTE) } },
      'record requested A, if it can',
    ],
    [
      'was accepted three minutes ago, and the ledger says so',
      { ledger: ledger([ours, record(2, 'requested', { claim: 1 })]), calls: { acceptedAt: ago(3 * MINUTE) } },
      'wait: NotInForce',
    ],
    [
      'was accepted three minutes ago, and the ledger cannot be written',
      { ledger: ledger([ours], { writeFailedAt: ago(SECOND) }), calls: { acceptedAt: ago(3 * MINUTE) } },
      'wait: NotInForce',
    ],
  ]);

  test('never calls KMS after a call that was accepted or has an unknown outcome', () => {
    const called = [
      { calls: { unknownAt: NOW } },
      { calls: { acceptedAt: NOW } },
      { calls: { acceptedAt: ago(2 * HOUR) } },
      { calls: { unknownAt: ago(2 * HOUR) } },
    ];
    for (const { calls } of called) {
      for (const looked of [key(), disabled, key([ofClaim]), undefined]) {
        const step = nextStep(situation({ ledger: ledger([ours]), calls, key: looked }));
        expect(step.do).not.toBe('call KMS');
      }
    }
  });

  test('waits without expiring the view of the ledger', () => {
    expect(nextStep(situation({ ledger: ledger([ours]), calls: { acceptedAt: NOW } }))).toMatchObject({
      keepsLedger: true,
    });
  });
});

describe("another's claim", () => {
  const since = (minutes: number, more = {}) => record(1, 'claimed', { ...at(ago(minutes * MINUTE)), ...more });
  const theirs = (minutes: number, more = {}) => ({ ledger: ledger([since(minutes, more)]) });
  decides([
    ['is new', theirs(1), 'wait: AnotherRequest'],
    ['of another token is new', theirs(1, { token: 'B' }), 'wait: AnotherRequest'],
    ['has its rotation in force', { ...theirs(1), key: key([ofClaim]) }, 'record rotated A ends 1'],
    [
      'of another token has its rotation in force',
      { ...theirs(1, { token: 'B' }), key: key([ofClaim]) },
      'record rotated B ends 1',
    ],
    [
      'has its rotation not in force',
      { ...theirs(1), key: key([ofClaim], { rotating: true }) },
      'wait: AnotherRequest',
    ],
    ['shows nothing, and its owner may be alive', theirs(19), 'wait: AnotherRequest'],
    ['shows nothing, and its owner is dead', theirs(20), 'record refused A, failing: OpenClaim'],
    [
      'shows nothing for a multi-Region key',
      { ...theirs(26), key: key([], { metadata: { MultiRegion: true } }) },
      'wait: AnotherRequest',
    ],
    ['of another token shows nothing', theirs(74, { token: 'B' }), 'record refused A, failing: OpenClaim'],
    ['shows a rotation in progress', { ...theirs(70), key: key([], { rotating: true }) }, 'wait: AnotherRequest'],
    [
      'shows material that is not listed',
      { ...theirs(80), key: key([], { metadata: { CurrentKeyMaterialId: material(9) } }) },
      'wait: AnotherRequest',
    ],
    ['has shown nothing for an hour', theirs(75), 'record claimed A ends 1'],
    ['of another token has shown nothing for an hour', theirs(75, { token: 'B' }), 'record claimed A ends 1'],
    [
      'has shown nothing for an hour but a rotation in progress',
      { ...theirs(75), key: key([], { rotating: true }) },
      'wait: AnotherRequest',
    ],
    [
      'shows an unknown rotation after an hour, whatever its date',
      { ...theirs(80), key: key([rotation(1, ago(3 * HOUR))], { metadata: { CurrentKeyMaterialId: material(7) } }) },
      'record rotated A ends 1',
    ],
    [
      'was accepted, and has shown nothing for an hour',
      { ledger: ledger([since(80), record(2, 'requested')]) },
      'record refused A, failing: NeverShown',
    ],
    [
      'of another token was accepted, and has shown nothing for an hour',
      { ledger: ledger([since(80, { token: 'B' }), record(2, 'requested', { token: 'B' })]) },
      'record claimed A ends 1',
    ],
  ]);
});

describe('no claim is open', () => {
  const refusedClaims = (many: number, last: number, token = 'A') =>
    Array.from({ length: many }, (_, i) => [
      record(2 * i + 1, 'claimed', { token, ...at(ago(last)) }),
      record(2 * i + 2, 'refused', { token, ends: 2 * i + 1, ...at(ago(last)) }),
    ]).flat();
  const inVain = [
    record(1, 'claimed'),
    record(2, 'requested'),
    record(3, 'claimed', { token: 'B', ends: 1 }),
    record(4, 'rotated', { token: 'B', ends: 3 }),
  ];
  decides([
    ['and the key is eligible', {}, 'record claimed A'],
    ['and another token has rotated', { ledger: ledger([record(1, 'rotated', { token: 'B' })]) }, 'record claimed A'],
    [
      'and KMS has accepted a call for the token without a rotation',
      { ledger: ledger(inVain) },
      'record refused A, failing: NeverShown',
    ],
    [
      'and KMS has accepted such a call for another token',
      { ledger: ledger(inVain), request: request({ token: 'C' }) },
      'record claimed C',
    ],
    ['and the key is disabled', { key: disabled }, 'record refused A, failing: KeyDisabled'],
    [
      'and KMS names no key material',
      { key: key([], { metadata: { CurrentKeyMaterialId: undefined } }) },
      'record refused A, failing: KeyMaterialUnnamed',
    ],
    [
      'and KMS omits a key material ID',
      {
        key: key([rotation(1, ago(HOUR), { KeyMaterialId: '' })], { metadata: { CurrentKeyMaterialId: material(2) } }),
      },
      'record refused A, failing: KeyMaterialUnnamed',
    ],
    [
      'and other key material is expected',
      { request: request({ expectedKeyMaterialId: material(1) }) },
      'record refused A, failing: ExpectedMaterialOfKms',
    ],
    [
      'and the budget is used up',
      { request: request({ reservedRotations: 25 }) },
      'record refused A, failing: ReserveReached',
    ],
    [
      'and the budget is used up by rotations that only the ledger knows',
      {
        request: request({ reservedRotations: 23 }),
        ledger: ledger(
          [1, 2].map((n) => record(n, 'rotated', { token: 'B', keyMaterialAfter: material(n), ...at(ago(2 * HOUR)) })),
        ),
      },
      'record refused A, failing: ReserveReached',
    ],
    [
      'and the request has waited too long',
      { request: request({ requestedAt: ago(55 * MINUTE) }) },
      'record refused A, failing: QueuedTooLong',
    ],
    ['and four claims were refused', { ledger: ledger(refusedClaims(4, SECOND)) }, 'record claimed A'],
    [
      'and five claims were refused just now',
      { ledger: ledger(refusedClaims(5, SECOND)) },
      'fail: RefusedBefore UNKNOWN',
    ],
    [
      'and five claims were refused ten minutes ago',
      { ledger: ledger(refusedClaims(5, 10 * MINUTE)) },
      'record claimed A',
    ],
    [
      "and five of another token's claims were refused just now",
      { ledger: ledger(refusedClaims(5, SECOND, 'B')) },
      'record claimed A',
    ],
    ['and a rotation is in progress', { key: key([], { rotating: true }) }, 'wait: AnotherRotation'],
    [
      'and a rotation was in progress',
      { inProgress: { startDate: ago(MINUTE), lastSeenAt: ago(MINUTE), claim: undefined } },
      'wait: AnotherRotation',
    ],
    ['and the time is up', { now: NOW + 10 * MINUTE }, 'record refused A, failing: TimeIsUp'],
  ]);
});

describe('a request that fails', () => {
  const update = request({ type: 'Update' });
  const refusals = (many: number) => Array.from({ length: many }, (_, i) => record(i + 1, 'refused', at(ago(SECOND))));
  const own = { ledger: ledger([ours]), failure };
  const acceptedAt = ago(MINUTE);
  decides([
    ['takes the next number', { failure }, 'record refused A, failing: KeyDisabled'],
    [
      "takes the next number beside another invocation's claim",
      { ledger: ledger([claim]), failure },
      'record refused A, failing: KeyDisabled',
    ],
    [
      'has taken the next number',
      { ledger: ledger([record(1, 'refused', { invocation: OURS })], { created: 1 }), failure },
      'fail: KeyDisabled NOT ROTATED',
    ],
    [
      'has taken the next number beside an open claim of its token',
      { ledger: ledger([claim, record(2, 'refused', { invocation: OURS })], { created: 2 }), failure },
      'fail: KeyDisabled UNKNOWN',
    ],
    [
      'has recorded the rotation of another token, and may have missed later records',
      {
        ledger: ledger([
          record(1, 'claimed', { token: 'B' }),
          record(2, 'rotated', { token: 'B', ends: 1, invocation: OURS }),
        ]),
        failure,
      },
      'record refused A, failing: KeyDisabled',
    ],
    [
      'has a token that is too long, after five refusals just now',
      {
        request: request({ token: 'x'.repeat(300) }),
        ledger: ledger(refusals(5).map((refusal) => ({ ...refusal, token: 'x'.repeat(256) }))),
        failure,
      },
      'fail: KeyDisabled UNKNOWN',
    ],
    ['comes after four refusals', { ledger: ledger(refusals(4)), failure }, 'record refused A, failing: KeyDisabled'],
    ['comes after five refusals just now', { ledger: ledger(refusals(5)), failure }, 'fail: KeyDisabled UNKNOWN'],
    [
      'comes ten minutes after five refusals',
      { ledger: ledger(refusals(5)), failure, now: NOW - SECOND + 10 * MINUTE },
      'record refused A, failing: KeyDisabled',
    ],
    [
      'is an Update after five refusals just now',
      { ledger: ledger(refusals(5)), failure, request: update },
      'wait: KeyDisabled, failing',
    ],
    [
      'is an Update at its end after eight refusals just now',
      { ledger: ledger(refusals(8)), failure, request: update, now: NOW + 13 * MINUTE },
      'fail: KeyDisabled UNKNOWN',
    ],
    ['cannot write the ledger', { ledger: ledger([], { writeFailedAt: NOW }), failure }, 'fail: KeyDisabled UNKNOWN'],
    [
      'could not write the ledger half a minute ago',
      { ledger: ledger([], { writeFailedAt: ago(30 * SECOND) }), failure },
      'record refused A, failing: KeyDisabled',
    ],
    [
      'is an Update, and cannot write the ledger',
      { ledger: ledger([], { writeFailedAt: NOW }), failure, request: update },
      'wait: KeyDisabled, failing',
    ],
    [
      'cannot read the ledger',
      { ledger: ledger([], { isStale: true, isUnreadable: true, readAt: undefined }), failure },
      'fail: KeyDisabled UNKNOWN',
    ],
    [
      'is an Update, and cannot read the ledger',
      { ledger: ledger([], { isStale: true, isUnreadable: true }), failure, request: update },
      'wait: KeyDisabled, failing',
    ],
    ['has not read the ledger', { ledger: ledger([], { readAt: undefined }), failure }, 'fail: KeyDisabled UNKNOWN'],
    ['lacks a number', { ledger: ledger([], { last: 1 }), failure }, 'fail: KeyDisabled UNKNOWN'],
    [
      'is an Update, and lacks a number',
      { ledger: ledger([], { last: 1 }), failure, request: update },
      'wait: KeyDisabled, failing',
    ],
    ['has a claim that has not called KMS', own, 'record refused A ends 1, failing: KeyDisabled'],
    [
      'has a claim that has not called KMS, and cannot write the ledger',
      { ledger: ledger([ours], { writeFailedAt: NOW }), failure },
      'fail: KeyDisabled UNKNOWN',
    ],
    [
      'is an Update, has a claim that has not called KMS, and cannot write the ledger',
      { ledger: ledger([ours], { writeFailedAt: NOW }), failure, request: update },
      'wait: KeyDisabled, failing',
    ],
    [
      'has a claim that has not called KMS, and lacks a number',
      { ledger: ledger([ours], { last: 2 }), failure },
      'fail: KeyDisabled UNKNOWN',
    ],
    [
      'reads two refusals of its own back',
      { ledger: ledger([1, 2].map((n) => record(n, 'refused', { invocation: OURS }))), failure },
      'fail: KeyDisabled UNKNOWN',
    ],
    [
      'has a claim that has not called KMS, and five requests were refused beside it just now',
      {
        ledger: ledger([ours, ...refusals(5).map((refusal) => ({ ...refusal, number: refusal.number + 1 }))]),
        failure,
      },
      'record refused A ends 1, failing: KeyDisabled',
    ],
    [
      'reads its refusal back',
      { ledger: ledger([record(1, 'refused', { invocation: OURS })]), failure },
      'record refused A, failing: KeyDisabled',
    ],
    [
      'has a claim with an unknown outcome, and a clock that has gone back',
      { ledger: ledger([ours], { readAt: ago(HOUR) }), failure, calls: { unknownAt: NOW }, now: ago(HOUR) },
      'fail: KeyDisabled UNKNOWN',
    ],
    ['has a claim with an unknown outcome', { ...own, calls: { unknownAt: NOW } }, 'fail: KeyDisabled UNKNOWN'],
    [
      'has a claim with an unknown outcome, and could not read the key',
      { ...own, calls: { unknownAt: NOW }, key: undefined },
      'fail: KeyDisabled UNKNOWN',
    ],
    [
      'has a claim with an unknown outcome, and an old view of the ledger',
      { ledger: ledger([ours], { readAt: ago(SECOND) }), failure, calls: { unknownAt: NOW } },
      'read the ledger, failing: KeyDisabled',
    ],
    [
      'has a claim with an unknown outcome, and cannot read the ledger',
      { ledger: ledger([ours], { readAt: ago(SECOND), isUnreadable: true }), failure, calls: { unknownAt: NOW } },
      'fail: KeyDisabled UNKNOWN',
    ],
    ['has an accepted claim', { ...own, calls: { acceptedAt } }, 'record requested A, failing: KeyDisabled'],
    [
      'has an accepted claim, as the ledger says',
      { ledger: ledger([ours, record(2, 'requested', { claim: 1 })]), failure, calls: { acceptedAt } },
      'fail: KeyDisabled ROTATION IN PROGRESS',
    ],
    [
      'has an accepted claim, and cannot write the ledger',
      { ledger: ledger([ours], { writeFailedAt: NOW }), failure, calls: { acceptedAt } },
      'fail: KeyDisabled ROTATION IN PROGRESS',
    ],
  ]);
});

test('an Update that cannot prove that it is no rollback reads the ledger again after fifteen seconds', () => {
  const is = { ledger: ledger([], { writeFailedAt: NOW }), failure, request: request({ type: 'Update' }) };
  expect(nextStep(situation(is))).toMatchObject({ do: 'wait', until: NOW + 15 * SECOND });
});

test("the rotation of another invocation's claim is recorded with KMS's acceptance", () => {
  const acceptedAt = new Date(ago(50 * SECOND)).toISOString();
  const requested = record(2, 'requested', { claim: 1, acceptedAt, kmsRequestId: 'kms' });
  expect(nextStep(situation({ ledger: ledger([claim, requested]), key: key([ofClaim]) }))).toMatchObject({
    record: { state: 'rotated', ends: 1, acceptedAt, kmsRequestId: 'kms' },
  });
});

describe('the reason for a step', () => {
  test.each<[string, Partial<Situation>, string]>([
    ['a record', {}, 'claimed'],
    ['a refusal', { failure }, 'KeyDisabled'],
    ['a call', { ledger: ledger([ours]) }, 'claim 1 is ours, and nothing is in the way'],
    ['a wait', { ledger: ledger([claim]) }, 'AnotherRequest'],
    ['a success', { ledger: ledger([record(1, 'baseline')]) }, 'record 1 has used up the token (baseline)'],
    ['a failure', { ledger: ledger([], { overwritten: '/k/1' }) }, 'LedgerOverwritten'],
    ['a look at the key', { key: undefined }, 'what is known is out of date'],
    ['a read of the ledger', { ledger: ledger([], { isStale: true }) }, 'what is known is out of date'],
  ])('%s', (_, is, why) => {
    expect(reasonOf(nextStep(situation(is)))).toBe(why);
  });
});
