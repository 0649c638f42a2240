import { attributesOf } from '../../../lambda/attributes';
import type { Baseline, Rotated } from '../../../lambda/ledger-record';
import { KEY_ARN, record } from './situations';

const request = { keyArn: KEY_ARN, requestId: 'request', stackId: 'stack' };
const ours = { requestId: 'request', stackId: 'stack' };
const whole = { ends: 1, rotationDate: 'date', keyMaterialAfter: 'material', remainingRotations: 7 };

const outcomeOf = (claim: object, end: object) => {
  const rotated = record(2, 'rotated', { ...whole, ...end }) as Rotated;
  return attributesOf(request, [record(1, 'claimed', claim), rotated], rotated).Outcome;
};

test('a rotation has all attributes', () => {
  const rotated = record(2, 'rotated', { ...whole, stackId: 'another stack' }) as Rotated;
  expect(attributesOf(request, [record(1, 'claimed'), rotated], rotated)).toEqual({
    KeyArn: KEY_ARN,
    RotationDate: 'date',
    KeyMaterialId: 'material',
    RemainingRotations: 7,
    Outcome: 'TOKEN_USED',
    TokenUsedAt: rotated.recordedAt,
    TokenUsedBy: 'their-stack',
  });
});

test.each([
  ['that claimed and recorded the rotation', ours, ours, 'ROTATED'],
  ['that was cut off after its claim', ours, {}, 'ROTATED'],
  ["that completed another request's claim", {}, ours, 'ROTATED'],
  ['that did neither', {}, {}, 'TOKEN_USED'],
  ['of another stack with the same request ID', { requestId: 'request' }, {}, 'TOKEN_USED'],
])('the outcome of a request %s (%#)', (_, claim, end, outcome) => {
  expect(outcomeOf(claim, end)).toBe(outcome);
});

test('a baseline has the outcome BASELINE', () => {
  const baseline = record(1, 'baseline', { keyMaterialAfter: 'material', remainingRotations: 25 }) as Baseline;
  expect(attributesOf(request, [baseline], baseline)).toMatchObject({
    Outcome: 'BASELINE',
    RotationDate: 'none',
    KeyMaterialId: 'material',
    TokenUsedBy: 'their-stack',
  });
});

test('no attribute is ever empty, because CloudFormation refuses empty exports', () => {
  const bare = record(1, 'rotated', { ends: 7 }) as Rotated;
  for (const found of [undefined, bare]) {
    const values = Object.values(attributesOf(request, found ? [found] : [], found));
    expect(values.filter((value) => value === '' || value === undefined)).toEqual([]);
    expect(values).toHaveLength(7);
  }
});
