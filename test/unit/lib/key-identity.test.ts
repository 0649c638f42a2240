import { App, CfnParameter, Fn, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { declarationOf } from '../../../lib/key-declaration';
import { identityOf } from '../../../lib/key-identity';

const ID = '12345678-12ab-34cd-56ef-1234567890ab';
const arnOf = (id: string, region = 'eu-central-1') => `arn:aws:kms:${region}:111122223333:key/${id}`;

let stack: Stack;
beforeEach(() => {
  stack = new Stack(new App(), 'Stack');
});

function identity(arn: string): unknown {
  return identityOf(stack, { arn, declaration: declarationOf(arn) });
}

test.each([
  ['its L2', (key: kms.Key) => key.keyArn],
  ['its L1', (key: kms.Key) => (key.node.defaultChild as kms.CfnKey).attrArn],
  ['an imported key', (key: kms.Key) => kms.Key.fromKeyArn(stack, 'Imported', key.keyArn).keyArn],
  [
    'an ARN composed from its ID',
    (key: kms.Key) => stack.formatArn({ service: 'kms', resource: 'key', resourceName: key.keyId }),
  ],
  [
    'its logical ID',
    (key: kms.Key) => Fn.getAtt(stack.getLogicalId(key.node.defaultChild as kms.CfnKey), 'Arn').toString(),
  ],
])('a declared key is identified by %s', (_, arn) => {
  const key = new kms.Key(stack, 'Key');
  expect(identity(arn(key))).toBe(key.node.defaultChild);
});

test('a key that is not declared is identified by its ARN, even if only parts of it are known', () => {
  const partly = stack.formatArn({ service: 'kms', resource: 'key', resourceName: ID });
  expect(identity(partly)).toBe(identity(arnOf(ID)));
  expect(identity(arnOf(ID))).not.toBe(identity(arnOf(ID.replace('1', '2'))));
});

test('related multi-Region keys are not the same', () => {
  const id = 'mrk-1234abcd12ab34cd56ef1234567890ab';
  expect(identity(arnOf(id))).not.toBe(identity(arnOf(id, 'us-east-1')));
});

test('an ARN that is known only at deployment is identified by its reference', () => {
  expect(identity(Fn.importValue('Orders'))).toBe(identity(Fn.importValue('Orders')));
  expect(identity(Fn.importValue('Orders'))).not.toBe(identity(Fn.importValue('Invoices')));
  const parameter = new CfnParameter(stack, 'KeyArn').valueAsString;
  expect(identity(parameter)).not.toBe(identityOf(new Stack(new App(), 'Other'), { arn: parameter }));
});
