import type { Verdict } from '../../../lib/sentence';
import type { Situation } from '../../../lambda/situation';
import { verdictOf } from '../../../lambda/verdict';
import { HOUR, MINUTE, OURS, SECOND, ago, at, key, ledger, record, rotation, situation } from './situations';

const ours = record(1, 'claimed', { invocation: OURS, ...at(ago(MINUTE)) });
const theirs = record(1, 'claimed', at(ago(MINUTE)));
const others = record(1, 'claimed', { token: 'B', ...at(ago(MINUTE)) });
const sealed = (number: number) => record(number, 'refused', { invocation: OURS });
const inForce = key([rotation(1, ago(SECOND))]);

test.each<[string, Partial<Situation>, Verdict]>([
  ['a token that is used up', { ledger: ledger([record(1, 'rotated')]) }, 'ROTATED BEFORE'],
  ['a baseline', { ledger: ledger([record(1, 'baseline')]) }, 'ROTATED BEFORE'],
  [
    'our rotation that is in force and could not be recorded',
    { ledger: ledger([ours]), calls: { acceptedAt: 0 }, key: inForce },
    'ROTATED BEFORE',
  ],
  [
    'another invocation’s rotation of the token that is in force',
    { ledger: ledger([theirs, sealed(2)], { created: 2 }), key: inForce },
    'ROTATED BEFORE',
  ],
  [
    'a rotation of another token that is in force',
    { ledger: ledger([others, sealed(2)], { created: 2 }), key: inForce },
    'NOT ROTATED',
  ],
  ['an accepted call', { ledger: ledger([ours]), calls: { acceptedAt: 0 } }, 'ROTATION IN PROGRESS'],
  [
    'an accepted call, and a key that could not be read',
    { ledger: ledger([ours]), calls: { acceptedAt: 0 }, key: undefined },
    'ROTATION IN PROGRESS',
  ],
  [
    'a rotation that shows and is not in force',
    { ledger: ledger([ours]), calls: { unknownAt: 0 }, key: key([rotation(1, ago(SECOND))], { rotating: true }) },
    'ROTATION IN PROGRESS',
  ],
  [
    'a call of another invocation that was accepted',
    { ledger: ledger([theirs, record(2, 'requested'), sealed(3)], { created: 3 }) },
    'ROTATION IN PROGRESS',
  ],
  [
    'a call of another invocation that was accepted, and has shown nothing for an hour',
    { ledger: ledger([{ ...theirs, ...at(ago(2 * HOUR)) }, record(2, 'requested'), sealed(3)], { created: 3 }) },
    'UNKNOWN',
  ],
  ['our claim that has not called KMS', { ledger: ledger([ours]) }, 'UNKNOWN'],
  ['our claim that was not called, before a rotation by hand', { ledger: ledger([ours]), key: inForce }, 'UNKNOWN'],
  [
    'our claim that was refused for now',
    { ledger: ledger([ours]), calls: { notBefore: { at: 0, failure: {} as never } } },
    'UNKNOWN',
  ],
  [
    'an accepted call of another invocation whose claim settles now',
    { ledger: ledger([record(1, 'claimed', at(ago(75 * MINUTE))), record(2, 'requested')]) },
    'UNKNOWN',
  ],
  ['our claim that has an unknown outcome', { ledger: ledger([ours]), calls: { unknownAt: 0 } }, 'UNKNOWN'],
  [
    'our claim that we have ended',
    { ledger: ledger([ours, record(2, 'refused', { invocation: OURS, ends: 1 })], { created: 2 }) },
    'NOT ROTATED',
  ],
  ['a claim of another invocation', { ledger: ledger([theirs, sealed(2)], { created: 2 }) }, 'UNKNOWN'],
  ['a claim of another token', { ledger: ledger([others, sealed(2)], { created: 2 }) }, 'NOT ROTATED'],
  [
    'an accepted call whose claim came to nothing',
    {
      ledger: ledger([theirs, record(2, 'requested'), record(3, 'claimed', { token: 'B', ends: 1 }), sealed(4)], {
        created: 4,
      }),
    },
    'UNKNOWN',
  ],
  [
    'another token’s rotation that we have recorded, after which we may have missed a record',
    { ledger: ledger([others, record(2, 'rotated', { token: 'B', ends: 1, invocation: OURS })]) },
    'UNKNOWN',
  ],
  ['a ledger whose next number we have taken', { ledger: ledger([sealed(1)], { created: 1 }) }, 'NOT ROTATED'],
  [
    'a damaged ledger whose next number we have taken',
    { ledger: ledger([sealed(2)], { created: 2, damage: [{ kind: 'changed', parameter: '/k/1' }] }) },
    'UNKNOWN',
  ],
  [
    'a ledger with a stray whose next number we have taken',
    { ledger: ledger([sealed(1)], { created: 1, damage: [{ kind: 'stray', parameter: '/k/x' }] }) },
    'NOT ROTATED',
  ],
  [
    'a ledger whose last record is our refusal, which we have only read back',
    { ledger: ledger([sealed(1)]) },
    'UNKNOWN',
  ],
  [
    'a ledger that goes on after our refusal',
    { ledger: ledger([sealed(1), record(2, 'refused')], { created: 1 }) },
    'UNKNOWN',
  ],
  ['a ledger whose next number may be taken', { ledger: ledger([sealed(1)], { created: 1, last: 2 }) }, 'UNKNOWN'],
  ['a ledger whose last record is our claim of another token', { ledger: ledger([others], { created: 1 }) }, 'UNKNOWN'],
  ['a ledger that we have only read', { ledger: ledger([record(1, 'refused')]) }, 'UNKNOWN'],
  ['a ledger that could not be read', { ledger: ledger([], { isUnreadable: true }) }, 'UNKNOWN'],
])('the verdict on %s (%#)', (_, is, verdict) => {
  expect(verdictOf(situation(is))).toBe(verdict);
});
