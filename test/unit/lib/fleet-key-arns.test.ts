/** The keys that a fleet rotates by their ARNs. */
import { App, Fn, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { OnDemandKeyRotationFleet } from '../../../lib';
import { type Json, resources } from './template';

const ROTATION = 'Custom::OnDemandKeyRotation';
const ACCOUNT = '111122223333';

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: 'eu-central-1' } });
});

function fleet(props: Record<string, unknown>, id = 'Fleet'): OnDemandKeyRotationFleet {
  return new OnDemandKeyRotationFleet(stack, id, {
    rotationToken: 'x',
    rotateOnCreate: true,
    ...props,
  });
}

function arn(n: number, account = ACCOUNT): string {
  return `arn:aws:kms:eu-central-1:${account}:key/${String(n).padStart(8, '0')}-12ab-34cd-56ef-1234567890ab`;
}

/** By their logical IDs. */
function rotations(): Record<string, unknown> {
  const found = Template.fromStack(stack).findResources(ROTATION) as Record<string, { Properties: Json }>;
  return Object.fromEntries(Object.entries(found).map(([id, { Properties }]) => [id, Properties.KeyArn]));
}

function reports(): unknown[] {
  return Annotations.fromStack(stack)
    .findInfo('*', Match.anyValue())
    .map(({ entry }) => entry.data);
}

test('an ARN from a lookup is accepted, although its partition is unknown', () => {
  fleet({ keyArns: [kms.Key.fromLookup(stack, 'Found', { aliasName: 'alias/app' }).keyArn] });
  expect(Object.values(rotations())).toHaveLength(1);
  expect(reports()).toEqual([
    expect.stringMatching(/: arn:<AWS\.Partition>:kms:eu-central-1:111122223333:key\/[\w-]+$/),
  ]);
});

test('an ARN that is known only at deployment is rotated under a name that the user chooses', () => {
  fleet({ namedKeyArns: { orders: Fn.importValue('OrdersKeyArn'), invoices: arn(1) } });
  expect(Object.values(rotations())).toEqual([{ 'Fn::ImportValue': 'OrdersKeyArn' }, arn(1)]);
  expect(reports()).toEqual(['Stack/Fleet rotates 2 keys of this stack with the token "x": orders, invoices']);
});

test('rotations keep their logical IDs, whatever the order of the list and whichever fleet has it', () => {
  fleet({ keyArns: [arn(1), arn(2)] });
  const before = rotations();
  stack = new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: 'eu-central-1' } });
  fleet({ keyArns: [arn(2)] }, 'One');
  fleet({ keyArns: [arn(1)] }, 'Other');
  expect(rotations()).toEqual(before);
});

test('a key is rotated once, by the first fleet that lists it, however often it is listed', () => {
  fleet({ keyArns: [arn(1), arn(1)], namedKeyArns: { same: arn(1) } }, 'One');
  fleet({ keyArns: [arn(1)] }, 'Other');
  expect(Object.values(rotations())).toEqual([arn(1)]);
  expect(reports()).toEqual([
    `Stack/One rotates 1 key of this stack with the token "x": ${arn(1)}`,
    expect.stringMatching(
      new RegExp(
        `^Stack/Other rotates 0 keys .*\nand skips 1 key:\n- key ${arn(1)} is rotated by Stack/OnDemandKeyRotations/.*\\.$`,
      ),
    ),
  ]);
});

describe('an excluded key is not rotated', () => {
  test.each<[string, () => unknown]>([
    ['by an import', () => kms.Key.fromKeyArn(stack, 'Import', arn(1))],
    ['by an import with an unknown partition', () => withUnknownPartition()],
    [
      'by an alias',
      () =>
        kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/a', aliasTargetKey: withUnknownPartition() }),
    ],
    ['by a scope that it is imported into', () => scopeWithImport()],
  ])('%s', (_, excluded) => {
    fleet({ keyArns: [arn(1), arn(2)], exclude: [excluded()] });
    expect(Object.values(rotations())).toEqual([arn(2)]);
  });

  function withUnknownPartition(): kms.IKey {
    const resourceName = arn(1).split('/')[1] ?? '';
    return kms.Key.fromKeyArn(
      stack,
      'UnknownPartition',
      stack.formatArn({ service: 'kms', resource: 'key', resourceName }),
    );
  }

  function scopeWithImport(): Construct {
    const scope = new Construct(stack, 'Scope');
    kms.Key.fromKeyArn(scope, 'Import', arn(1));
    return scope;
  }
});

test('an excluded import that is not a listed key raises a warning: the app may declare that very key', () => {
  new kms.Key(stack, 'Key');
  fleet({ exclude: [kms.Key.fromKeyArn(stack, 'Import', arn(1))] });
  const warnings = Annotations.fromStack(stack).findWarning('/Stack/Import', Match.anyValue());
  expect(warnings.map(({ entry }) => entry.data)).toEqual([expect.stringContaining('excludedKeyUnknown')]);
});

test('only the listed keys are rotated if declaredKeys is false', () => {
  new kms.Key(stack, 'Key');
  fleet({ keyArns: [arn(1)], declaredKeys: false });
  expect(Object.values(rotations())).toEqual([arn(1)]);
  expect(resources(Template.fromStack(stack), 'AWS::KMS::Key')).toHaveLength(1);
});

describe('is refused', () => {
  const allowed = 'allowed is arn:<partition>:kms:<region>:<account>:key/<key ID>.';

  test.each<[string, Record<string, unknown>, string]>([
    ['a key ID', { keyArns: [arn(1), '1234'] }, `keyArns[1] is "1234"; ${allowed}`],
    ['an empty entry', { keyArns: [''] }, `keyArns[0] is ""; ${allowed}`],
    ['an undefined entry', { keyArns: [undefined] }, `keyArns[0] is undefined; ${allowed}`],
    ['an alias', { keyArns: [arn(1).replace('key/', 'alias/')] }, allowed],
    ["another service's ARN", { keyArns: ['arn:aws:sns:eu-central-1:111122223333:key/x'] }, allowed],
    ['a key with trailing text', { keyArns: [`${arn(1)} `] }, allowed],
    [
      "another account's key",
      { keyArns: [arn(1, '444455556666')] },
      'keyArns[0] belongs to account 444455556666; allowed are keys',
    ],
    ['a string for a list', { keyArns: arn(1) }, `keyArns is "${arn(1)}"; allowed is a list of ARNs.`],
    ['a string for names', { namedKeyArns: arn(1) }, 'allowed is ARNs by names of your choice.'],
    ['an invalid name', { namedKeyArns: { 'a/b': arn(1) } }, 'namedKeyArns has the name "a/b"; allowed are letters,'],
    [
      'a named entry that is not an ARN',
      { namedKeyArns: { orders: 'orders' } },
      `namedKeyArns.orders is "orders"; ${allowed}`,
    ],
    [
      'an ARN that is known only at deployment, without a name',
      { keyArns: [Fn.importValue('x')] },
      'Name that key yourself: namedKeyArns:',
    ],
    [
      'nothing to rotate',
      { declaredKeys: false },
      'declaredKeys is false, and neither keyArns nor namedKeyArns lists a key',
    ],
    [
      'a string for a boolean',
      { declaredKeys: 'no' },
      '[DeclaredKeys] NOT ROTATED. Stack/Fleet: declaredKeys is "no";',
    ],
    [
      'an undefined exclusion',
      { exclude: [undefined] },
      '[Exclude] NOT ROTATED. Stack/Fleet: exclude[0] is undefined;',
    ],
    ['an excluded string', { exclude: ['Key'] }, 'exclude[0] is "Key"; allowed are keys, and constructs'],
    ['a string for a list of exclusions', { exclude: 'Key' }, 'exclude is "Key";'],
    ['a string for a provider', { provider: 'mine' }, '[Provider] NOT ROTATED. Stack/Fleet: provider is "mine";'],
  ])('%s', (_, props, sentence) => {
    expect(() => fleet(props)).toThrow(sentence);
  });
});
