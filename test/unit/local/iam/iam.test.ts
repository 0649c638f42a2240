import { Iam, type Role } from '../../../../local/iam/iam';
import type { AuthorizationRequest } from '../../../../local/wire/service';
import { ACCOUNT, MINUTE, REGION } from '../services-on-the-wire';
import { HandClock } from '../hand-clock';

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const PARAMETER = `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/ledger/a`;

let clock: HandClock;
let iam: Iam;
let role: Role;

beforeEach(() => {
  clock = new HandClock();
  iam = new Iam({ clock, accountId: ACCOUNT, defaultRegion: REGION });
  role = iam.createRole('rotator');
});

const policy = (Effect: string, Action: unknown, more: object = {}): object => ({
  Version: '2012-10-17',
  Statement: [{ Effect, Action, Resource: '*', ...more }],
});
const allow = (action: unknown, more: object = {}): void => {
  iam.putInlinePolicy(role, 'allow', policy('Allow', action, more));
};
const deny = (action: unknown, more: object = {}): void => {
  iam.putInlinePolicy(role, 'deny', policy('Deny', action, more));
};
const may = (action: string, resourceArn = KEY, conditionKeys: AuthorizationRequest['conditionKeys'] = {}): boolean =>
  iam.allows(role.arn, { action, resourceArn, conditionKeys });

test('a role without a policy may do nothing, any other caller everything', () => {
  expect(may('kms:DescribeKey')).toBe(false);
  iam.authorize(iam.caller('administrator'), { action: 'kms:DescribeKey', resourceArn: KEY });
});

describe('a statement', () => {
  test.each([
    ['its name', 'kms:DescribeKey', KEY],
    ['its name in any case', 'KMS:describekey', KEY],
    ['wildcards', ['kms:Desc*', 'kms:?otateKeyOnDemand'], `arn:aws:kms:*:${ACCOUNT}:key/*`],
  ])('allows an action by %s', (_, Action, Resource) => {
    allow(Action, { Resource });
    expect(may('kms:DescribeKey')).toBe(true);
  });

  test('allows no other action, and no other resource', () => {
    allow('kms:DescribeKey', { Resource: KEY });
    expect(may('kms:RotateKeyOnDemand')).toBe(false);
    expect(may('kms:DescribeKey', KEY.replace('1234', '5678'))).toBe(false);
  });

  test('can allow all actions except some', () => {
    allow(undefined, { NotAction: 'kms:Disable*' });
    expect(may('kms:DescribeKey')).toBe(true);
    expect(may('kms:DisableKey')).toBe(false);
  });

  test('of a managed policy counts while the policy is attached', () => {
    const { arn } = iam.createManagedPolicy('policy', policy('Allow', 'kms:*'));
    iam.attach(role, arn);
    expect(may('kms:DescribeKey')).toBe(true);
    iam.detach(role, arn);
    expect(may('kms:DescribeKey')).toBe(false);
  });

  test('counts only after its propagation', () => {
    iam.propagationDelay = MINUTE;
    allow('kms:*');
    clock.pass(MINUTE - 1);
    expect(may('kms:DescribeKey')).toBe(false);
    clock.pass(1);
    expect(may('kms:DescribeKey')).toBe(true);
  });

  test('of a deleted role no longer counts', () => {
    allow('kms:*');
    iam.deleteRole(role);
    expect(may('kms:DescribeKey')).toBe(false);
  });
});

describe('a condition', () => {
  const put = (keys: Record<string, string>): boolean => may('ssm:PutParameter', PARAMETER, keys);

  test.each([
    [{ StringEquals: { 'ssm:Overwrite': 'true' } }, { 'ssm:Overwrite': 'true' }, false],
    [{ StringEquals: { 'ssm:Overwrite': 'true' } }, { 'ssm:Overwrite': 'false' }, true],
    [{ StringEquals: { 'SSM:overwrite': ['true', 'false'] } }, { 'ssm:Overwrite': 'false' }, false],
    [{ StringNotEquals: { 'ssm:Overwrite': 'false' } }, { 'ssm:Overwrite': 'true' }, false],
    [{ StringNotEquals: { 'ssm:Overwrite': 'false' } }, {}, false],
    [{ StringEqualsIgnoreCase: { 'ssm:Overwrite': 'TRUE' } }, { 'ssm:Overwrite': 'true' }, false],
    [{ Bool: { 'ssm:Overwrite': true } }, { 'ssm:Overwrite': 'true' }, false],
    [{ StringEquals: { 'ssm:Overwrite': 'true' } }, {}, true],
    [{ StringEqualsIfExists: { 'ssm:Overwrite': 'true' } }, {}, false],
    [{ Null: { 'aws:RequestTag/owner': 'true' } }, {}, false],
    [{ Null: { 'aws:RequestTag/owner': 'true' } }, { 'aws:RequestTag/owner': 'me' }, true],
  ])('a denial with %j leaves a request with %j allowed: %s', (Condition, keys, allowed) => {
    allow('ssm:*');
    deny('ssm:PutParameter', { Condition });
    expect(put(keys)).toBe(allowed);
  });

  test('counts only together with the others', () => {
    allow('ssm:*');
    deny('ssm:PutParameter', {
      Condition: { StringEquals: { 'ssm:Overwrite': 'true' }, Null: { 'aws:RequestTag/owner': 'true' } },
    });
    expect(put({ 'ssm:Overwrite': 'true', 'aws:RequestTag/owner': 'me' })).toBe(true);
    expect(put({ 'ssm:Overwrite': 'true' })).toBe(false);
  });
});

describe('a boundary', () => {
  beforeEach(() => {
    allow('kms:*');
  });

  test('allows nothing by itself, and stops what it does not allow', () => {
    const { arn } = iam.createManagedPolicy('boundary', policy('Allow', ['kms:DescribeKey', 'ssm:*']));
    iam.setPermissionsBoundary(role, arn);
    expect([may('kms:DescribeKey'), may('kms:DisableKey'), may('ssm:GetParameter')]).toEqual([true, false, false]);
  });

  test('that denies overrides a resource policy', () => {
    iam.addResourcePolicies(() =>
      JSON.stringify(policy('Allow', 'kms:*', { Principal: { AWS: [role.arn, `arn:aws:iam::${ACCOUNT}:root`] } })),
    );
    const { arn } = iam.createManagedPolicy('boundary', policy('Deny', 'kms:DisableKey'));
    iam.setPermissionsBoundary(role, arn);
    expect([may('kms:DescribeKey'), may('kms:DisableKey')]).toEqual([true, false]);
  });
});

test.each([
  [
    'an unknown condition key',
    policy('Allow', 'kms:*', { Condition: { StringEquals: { 'kms:KeySpec': 'x' } } }),
    'does not know the condition StringEquals kms:KeySpec',
  ],
  [
    'an unknown operator',
    policy('Allow', 'kms:*', { Condition: { StringLike: { 'ssm:Overwrite': 'x' } } }),
    'does not know the condition StringLike ssm:Overwrite',
  ],
  ['a statement without an action', { Statement: [{ Effect: 'Allow', Resource: '*' }] }, 'must contain actions'],
  ['an invalid policy', 'no JSON', 'Syntax errors'],
])('%s is refused', (_, document, message) => {
  expect(() => {
    iam.putInlinePolicy(role, 'policy', document);
  }).toThrow(message);
});
