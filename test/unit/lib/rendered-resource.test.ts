import { App, CfnCondition, CfnResource, Fn, Lazy, Stack, Tags, Token, aws_kms as kms } from 'aws-cdk-lib';
import { renderedResource } from '../../../lib/rendered-resource';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack');
});

function raw(properties: Record<string, unknown>): CfnResource {
  return new CfnResource(stack, 'Raw', { type: 'AWS::KMS::Key', properties });
}

test.each([
  ['an L1', () => new kms.CfnKey(stack, 'Key', { keySpec: 'SM2' })],
  ['a raw resource', () => raw({ KeySpec: 'SM2' })],
  ['an override', () => withOverride(raw({ KeySpec: 'RSA_2048' }), 'Properties.KeySpec', 'SM2')],
  ['a lazy value', () => new kms.CfnKey(stack, 'Key', { keySpec: Lazy.string({ produce: () => 'SM2' }) })],
  ['an override of all properties', () => withOverride(raw({}), 'Properties', { KeySpec: 'SM2' })],
])('%s is read as the template will have it', (_, resource) => {
  expect(renderedResource(resource(), ['KeySpec'])).toMatchObject({
    type: 'AWS::KMS::Key',
    properties: { KeySpec: 'SM2' },
    condition: undefined,
  });
});

test.each([
  ['a reference', () => Token.asString(Fn.ref('Spec'))],
  ['a string with one in it', () => `RSA_${Fn.ref('Size')}`],
  ['the result of a condition', () => Token.asString(Fn.conditionIf('Big', 'RSA_4096', 'RSA_2048'))],
])('%s is not a string yet', (_, keySpec) => {
  const { KeySpec } =
    renderedResource(new kms.CfnKey(stack, 'Key', { keySpec: keySpec() }), ['KeySpec'])?.properties ?? {};
  expect(typeof KeySpec).toBe('object');
});

test('a deleted property is absent', () => {
  const key = new kms.CfnKey(stack, 'Key', { origin: 'EXTERNAL' });
  key.addPropertyDeletionOverride('Origin');
  expect(renderedResource(key, ['Origin'])?.properties).not.toHaveProperty('Origin');
});

test('overrides of type and condition apply', () => {
  const key = new kms.CfnKey(stack, 'Key');
  key.cfnOptions.condition = new CfnCondition(stack, 'Given');
  expect(renderedResource(key, [])?.condition).toBe('Given');
  key.addOverride('Condition', 'Overriding');
  key.addOverride('Type', 'AWS::KMS::ReplicaKey');
  expect(renderedResource(key, [])).toMatchObject({ type: 'AWS::KMS::ReplicaKey', condition: 'Overriding' });
});

test('only requested lazy values are produced: others might be produced too early', () => {
  const produce = jest.fn(() => 'text');
  const key = new kms.CfnKey(stack, 'Key', {
    keySpec: 'SM2',
    description: Lazy.string({ produce }),
    keyPolicy: Lazy.any({ produce }),
    pendingWindowInDays: Lazy.number({ produce: () => (produce(), 7) }),
  });
  Tags.of(key).add('team', Lazy.string({ produce }));
  expect(renderedResource(key, ['KeySpec'])?.properties.KeySpec).toBe('SM2');
  expect(produce).not.toHaveBeenCalled();
});

test('wrong properties are left for synthesis to report', () => {
  const key = new kms.CfnKey(stack, 'Key', { enabled: 'maybe' as unknown as boolean });
  expect(renderedResource(key, ['Enabled'])).toMatchObject({ type: 'AWS::KMS::Key', properties: {} });
});

function withOverride(resource: CfnResource, path: string, value: unknown): CfnResource {
  resource.addOverride(path, value);
  return resource;
}
