/**
 * Declares keys in every form that apps use.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CfnCondition, CfnParameter, CfnResource, Stack, aws_kms as kms } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import type { KeyName, KeyPlan, Trait } from './plan';
import { ACCOUNT, REGION } from './environments';
import type { Cdk, Site, SiteKey } from './site';

export const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }],
};

export function declareKey(site: Site, scope: Construct, plan: KeyPlan): void {
  for (let n = 0; n < plan.count; n += 1) {
    const key = { plan, ...make(site, scope, plan) };
    traitsOf(plan).forEach((trait) => {
      giveTrait(site, key.declaration, trait);
    });
    site.keys.push(key);
  }
}

/** A bucket refers to its key, so the key alone cannot be conditional. */
function traitsOf({ as, traits }: KeyPlan): readonly Trait[] {
  return as === 'of a bucket' ? traits.filter(({ is }) => is !== 'conditional') : traits;
}

type NewKey = Omit<SiteKey, 'plan'>;

function make(site: Site, scope: Construct, plan: KeyPlan): NewKey {
  const { cdk } = site;
  const id = site.id(scope, 'Key');
  switch (plan.as) {
    case 'L2':
      return ofL2(new cdk.aws_kms.Key(scope, id, l2Props(cdk, plan.traits)));
    case 'subclass with aliasName':
      return ofL2(keyWithAliasName(cdk, scope, id));
    case 'of a bucket': {
      const bucket = new cdk.aws_s3.Bucket(scope, id, { encryption: cdk.aws_s3.BucketEncryption.KMS });
      if (!bucket.encryptionKey) throw new Error('The bucket has no key');
      return ofL2(bucket.encryptionKey);
    }
    case 'L1':
      return ofL1(new cdk.aws_kms.CfnKey(scope, id, { keyPolicy: KEY_POLICY }));
    case 'raw':
      return ofL1(new cdk.CfnResource(scope, id, { type: 'AWS::KMS::Key', properties: { KeyPolicy: KEY_POLICY } }));
    case 'included': {
      const template = new cdk.cloudformation_include.CfnInclude(scope, id, {
        templateFile: includedTemplate(),
        preserveLogicalIds: false,
      });
      return { construct: template, declaration: template.getResource('Key') };
    }
    case 'replica':
      return ofL1(
        new cdk.aws_kms.CfnReplicaKey(scope, id, { keyPolicy: KEY_POLICY, primaryKeyArn: arnOf(`mrk-${id}`) }),
      );
    case 'raw replica':
      return ofL1(
        new cdk.CfnResource(scope, id, {
          type: 'AWS::KMS::ReplicaKey',
          properties: { KeyPolicy: KEY_POLICY, PrimaryKeyArn: arnOf(`mrk-${id}`) },
        }),
      );
    case 'imported by ARN': {
      const arn = arnOf(id);
      return { construct: cdk.aws_kms.Key.fromKeyArn(scope, id, arn), arn };
    }
    case 'imported by alias':
      return { construct: cdk.aws_kms.Alias.fromAliasName(scope, id, 'alias/imported') };
    case 'looked up': {
      // A lookup needs a known account.
      if (cdk.Token.isUnresolved(cdk.Stack.of(scope).account))
        return make(site, scope, { ...plan, as: 'imported by ARN' });
      const key = cdk.aws_kms.Key.fromLookup(scope, id, { aliasName: 'alias/looked-up' });
      return { construct: key, arn: key.keyArn };
    }
  }
}

function ofL2(key: kms.IKey): NewKey {
  return { construct: key, declaration: key.node.defaultChild as CfnResource };
}

function ofL1(declaration: CfnResource): NewKey {
  return { construct: declaration, declaration };
}

function keyWithAliasName(cdk: Cdk, scope: Construct, id: string): kms.IKey {
  class KeyWithAliasName extends cdk.aws_kms.Key {
    public readonly aliasName = `alias/${id}`;
  }
  return new KeyWithAliasName(scope, id);
}

export function arnOf(id: string | number): string {
  return `arn:aws:kms:${REGION}:${ACCOUNT}:key/${String(id).padStart(8, '0')}-12ab-34cd-56ef-1234567890ab`;
}

let includedFile: string | undefined;

/** CfnInclude reads its template from a file. */
function includedTemplate(): string {
  if (includedFile === undefined) {
    const folder = join(tmpdir(), `construct-trees-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    includedFile = join(folder, 'included.json');
    writeFileSync(
      includedFile,
      JSON.stringify({ Resources: { Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: KEY_POLICY } } } }),
    );
  }
  return includedFile;
}

function isByProps({ by, when }: Trait): boolean {
  return by === 'props' && when === 'at once';
}

function l2Props({ aws_kms: { KeySpec, KeyUsage } }: Cdk, traits: readonly Trait[]): kms.KeyProps {
  const props = traits.filter(isByProps).map(({ is }): kms.KeyProps => {
    if (is === 'HMAC') return { keySpec: KeySpec.HMAC_256, keyUsage: KeyUsage.GENERATE_VERIFY_MAC };
    if (is === 'RSA') return { keySpec: KeySpec.RSA_2048, keyUsage: KeyUsage.ENCRYPT_DECRYPT };
    return is === 'disabled' ? { enabled: false } : {};
  });
  return Object.assign({}, ...props) as kms.KeyProps;
}

function giveTrait(site: Site, key: CfnResource | undefined, trait: Trait): void {
  if (!key) return;
  const give = () => {
    setTrait(site, key, trait);
  };
  switch (trait.when) {
    case 'at once':
      give();
      break;
    case 'at the end':
      site.atTheEnd.push(give);
      break;
    case 'early Aspect':
    case 'late Aspect': {
      const priority = trait.when === 'early Aspect' ? 10 : 1000;
      site.cdk.Aspects.of(key).add({ visit: give }, { priority });
    }
  }
}

function setTrait(site: Site, key: CfnResource, { is, by }: Trait): void {
  const stack = site.cdk.Stack.of(key);
  if (is === 'conditional') {
    const condition = conditionOf(site, stack);
    if (by === 'props') key.cfnOptions.condition = condition;
    else key.addOverride('Condition', condition.logicalId);
    return;
  }
  if (is === 'replica') key.addOverride('Type', 'AWS::KMS::ReplicaKey');
  const properties = propertiesOf(is, is === 'spec by parameter' ? specParameterOf(site, stack) : undefined);
  for (const [name, value] of Object.entries(properties)) {
    // Prefers the L1's own property, as most apps do.
    const member = name.charAt(0).toLowerCase() + name.slice(1);
    if (by === 'props' && member in key) Object.assign(key, { [member]: value });
    else key.addPropertyOverride(name, value);
  }
}

function propertiesOf(is: Exclude<Trait['is'], 'conditional'>, parameter?: CfnParameter): Record<string, unknown> {
  switch (is) {
    case 'HMAC':
      return { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' };
    case 'RSA':
      return { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' };
    case 'disabled':
      return { Enabled: false };
    case 'external':
      return { Origin: 'EXTERNAL' };
    case 'custom key store':
      return { Origin: 'AWS_CLOUDHSM' };
    case 'replica':
      return { PrimaryKeyArn: arnOf('mrk-1') };
    case 'spec by parameter':
      return { KeySpec: parameter?.valueAsString };
    case 'plain again':
      return { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'ENCRYPT_DECRYPT', Enabled: true, Origin: 'AWS_KMS' };
  }
}

const CONDITION_ID = 'IsProduction';

export function conditionOf({ cdk }: Site, stack: Stack): CfnCondition {
  const existing = stack.node.tryFindChild(CONDITION_ID) as CfnCondition | undefined;
  return (
    existing ??
    new cdk.CfnCondition(stack, CONDITION_ID, {
      expression: cdk.Fn.conditionEquals(
        new cdk.CfnParameter(stack, 'Stage', { default: 'test' }).valueAsString,
        'production',
      ),
    })
  );
}

/** The condition on a key, however it was set. */
export function conditionOfKey(site: Site, { plan, declaration }: SiteKey): CfnCondition | undefined {
  if (!declaration || traitsOf(plan).every(({ is }) => is !== 'conditional')) return undefined;
  return conditionOf(site, site.cdk.Stack.of(declaration));
}

function specParameterOf({ cdk }: Site, stack: Stack): CfnParameter {
  const existing = stack.node.tryFindChild('KeySpec') as CfnParameter | undefined;
  return existing ?? new cdk.CfnParameter(stack, 'KeySpec', { default: 'SYMMETRIC_DEFAULT' });
}

/** The key as a user passes it, even in forms that the type forbids. */
export function named(site: Site, scope: Construct, key: SiteKey, name: KeyName): kms.IKey {
  const { cdk } = site;
  const { construct, declaration, arn } = key;
  const ofArn = () =>
    cdk.aws_kms.Key.fromKeyArn(
      scope,
      site.id(scope, 'Named'),
      arn ?? declaration?.getAtt('Arn').toString() ?? arnOf(0),
    );
  const itself = () => (isKey(construct) ? construct : ofArn());
  switch (name) {
    case 'itself':
      return itself();
    case 'by its ARN':
      return key.plan.as === 'imported by alias' ? itself() : ofArn();
    case 'by an alias': {
      const id = site.id(scope, 'Alias');
      const alias = new cdk.aws_kms.Alias(scope, id, { aliasName: `alias/${id}`, targetKey: itself() });
      // Real apps put a conditional key's alias under the same condition.
      (alias.node.defaultChild as CfnResource).cfnOptions.condition = conditionOfKey(site, key);
      return alias;
    }
    case 'fromCfnKey':
      // The CDK parses the key's policy, which it cannot if the policy contains references.
      return declaration instanceof cdk.aws_kms.CfnKey && key.plan.as === 'L1'
        ? cdk.aws_kms.Key.fromCfnKey(declaration)
        : itself();
    case 'L1':
      return (declaration ?? itself()) as unknown as kms.IKey;
    case 'undefined':
      return undefined as unknown as kms.IKey;
    case 'text':
      return arnOf('text') as unknown as kms.IKey;
  }
}

function isKey(construct: IConstruct): construct is kms.IKey {
  return 'keyArn' in construct;
}
