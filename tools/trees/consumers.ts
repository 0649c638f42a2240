/**
 * Declares what apps use of the library: rotations, fleets, providers, and readers of their attributes.
 */
import type { CfnResource, Stack, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { ACCOUNT, REGION } from './environments';
import { arnOf, conditionOfKey, named } from './keys';
import type { ArnPlan, FleetPlan, Pick, ProviderPlan, ReaderPlan, RotationPlan, TokenPlan } from './plan';
import { type Cdk, type Site, type SiteKey, type SiteProvider, type SiteRotation, pick } from './site';
import { canRefer, canRely, importedVpc, stackAround } from './surroundings';

/** All imports name one role: policies that several stacks attach to it must not collide. */
export const SHARED_ROLE = 'shared-role';

export function declareProvider(site: Site, scope: Construct, plan: ProviderPlan): void {
  const { cdk, library } = site;
  const role = roleOf(site, scope, plan);
  const id = site.id(scope, 'Provider');
  const entry: SiteProvider = { plan, path: pathOf(scope, id), stack: cdk.Stack.of(scope), roleFrom: role };
  site.providers.push(entry);
  entry.construct = new library.OnDemandKeyRotationProvider(scope, id, {
    role,
    vpc: plan.vpc ? importedVpc(cdk, scope, site.id(scope, 'Vpc')) : undefined,
    tracing: plan.traced ? cdk.aws_lambda.Tracing.ACTIVE : undefined,
    deadLetterQueue: plan.queue ? new cdk.aws_sqs.Queue(scope, site.id(scope, 'Queue')) : undefined,
  });
}

function roleOf(site: Site, scope: Construct, plan: ProviderPlan): iam.IRole | undefined {
  const { Role, ServicePrincipal } = site.cdk.aws_iam;
  const declare = () =>
    new Role(scope, site.id(scope, 'Role'), { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  const declareShared = () => {
    const role = declare();
    site.roles.push(role);
    return role;
  };
  const arn = `arn:aws:iam::${ACCOUNT}:role/${SHARED_ROLE}`;
  switch (plan.role) {
    case 'own':
      return undefined;
    case 'declared':
      return declareShared();
    case 'declared elsewhere': {
      const elsewhere = pick(
        site.roles.filter((role) => canRely(site, site.cdk.Stack.of(scope), role)),
        plan.pick,
      );
      return elsewhere ? (elsewhere as iam.IRole) : declareShared();
    }
    case 'by ARN':
      return Role.fromRoleArn(scope, site.id(scope, 'Role'), arn);
    case 'by name':
      return Role.fromRoleName(scope, site.id(scope, 'Role'), SHARED_ROLE);
    case 'immutable':
      return Role.fromRoleArn(scope, site.id(scope, 'Role'), arn, { mutable: false });
    case 'no updates':
      return declare().withoutPolicyUpdates();
  }
}

export function declareRotation(site: Site, scope: Construct, plan: RotationPlan): void {
  const { cdk } = site;
  const stack = cdk.Stack.of(scope);
  const key = pick(
    site.keys.filter(({ construct }) => canRefer(cdk, stack, construct)),
    plan.key,
  );
  if (!key) return;
  const id = site.id(scope, 'Rotation');
  const provider = providerFor(site, stack, plan.provider);
  const entry: Site['rotations'][number] = { plan, path: pathOf(scope, id), stack, key, provider };
  site.rotations.push(entry);
  const library = plan.otherCopy ? site.otherCopy : site.library;
  const rotation = new library.OnDemandKeyRotation(scope, id, {
    key: named(site, scope, key, plan.name),
    rotationToken: token(cdk, stack, plan.token),
    rotateOnCreate: plan.rotateOnCreate,
    provider: provider?.construct,
  });
  entry.construct = rotation;

  if (plan.event === 'rule') rotation.onKeyRotated('Rotated');
  if (plan.event === 'function that waits') {
    const { aws_lambda: lambda, aws_events_targets: targets } = cdk;
    const reEncrypt = new lambda.Function(scope, site.id(scope, 'ReEncrypt'), {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => {}'),
    });
    rotation.onKeyRotated('Rotated', { target: new targets.LambdaFunction(reEncrypt) });
    reEncrypt.node.addDependency(rotation);
  }
  const condition = plan.carries ? conditionOfKey(site, key) : undefined;
  if (!condition || cdk.Stack.of(condition) !== stack) return;
  for (const part of rotation.node.findAll())
    if (cdk.CfnResource.isCfnResource(part)) part.cfnOptions.condition = condition;
}

export function declareFleet(site: Site, scope: Construct, plan: FleetPlan): void {
  const { cdk } = site;
  const stack = stackAround(cdk, scope);
  const exclude = plan.exclude.flatMap(
    ({ what, pick: n, name }): { excluded: SiteKey | IConstruct; passed: IConstruct }[] => {
      if (what === 'scope') {
        const part = pick(site.scopes.slice(1), n);
        return part ? [{ excluded: part, passed: part }] : [];
      }
      const key = pick(site.keys, n);
      if (!key) return [];
      // Another name means another construct, which must be in the key's stack.
      const isNamed =
        stack !== undefined && stack === cdk.Stack.of(key.construct) && name !== 'undefined' && name !== 'text';
      return [{ excluded: key, passed: isNamed ? named(site, scope, key, name) : key.construct }];
    },
  );
  const id = site.id(scope, 'Fleet');
  const provider = fleetProvider(site, stack, plan.provider);
  const keyArns = arnsOf(site, plan);
  const namedKeyArns = plan.keyArns.some(({ is }) => is === 'named token')
    ? { orders: cdk.Fn.importValue('OrdersKeyArn') }
    : undefined;
  const entry: Site['fleets'][number] = {
    plan,
    path: pathOf(scope, id),
    scope,
    excluded: exclude.map(({ excluded }) => excluded),
    keyArns,
    namedKeyArns,
    onlyArns: plan.onlyArns && (keyArns.length > 0 || namedKeyArns !== undefined),
    provider,
    traced: plan.traced && !provider,
    stagesBefore: new Set(scope.node.findAll().filter((part) => cdk.Stage.isStage(part))),
  };
  site.fleets.push(entry);
  const library = plan.otherCopy ? site.otherCopy : site.library;
  entry.construct = new library.OnDemandKeyRotationFleet(scope, id, {
    rotationToken: token(cdk, stack, plan.token),
    rotateOnCreate: plan.rotateOnCreate,
    provider: provider?.construct,
    exclude: exclude.map(({ passed }) => passed),
    keyArns: keyArns.length > 0 ? keyArns : undefined,
    namedKeyArns,
    declaredKeys: entry.onlyArns ? false : undefined,
    providerProps: entry.traced ? { tracing: cdk.aws_lambda.Tracing.ACTIVE } : undefined,
    completionTimeout: cdk.Duration.minutes(13),
  });
  // A target that rules in every stack can use.
  const target = { bind: () => ({ id: '', arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:rotated` }) };
  if (plan.event) entry.construct.onKeyRotated('Rotated', { target });
}

/** A fleet outside stacks reaches many of them, and may be given any provider. */
function fleetProvider(site: Site, stack: Stack | undefined, n?: Pick): SiteProvider | undefined {
  if (stack) return providerFor(site, stack, n);
  return n === undefined ? undefined : pick(usable(site), n);
}

function providerFor(site: Site, stack: Stack, n?: Pick): SiteProvider | undefined {
  if (n === undefined) return undefined;
  return pick(
    usable(site).filter((provider) => canRefer(site.cdk, stack, provider.stack)),
    n,
  );
}

function usable(site: Site): SiteProvider[] {
  return site.providers.filter(({ construct }) => construct !== undefined);
}

function arnsOf(site: Site, { keyArns, manyArns }: FleetPlan): string[] {
  const many = Array.from({ length: manyArns }, (_, n): ArnPlan => ({ is: 'literal', number: 1000 + n }));
  return [...keyArns, ...many].flatMap((plan) => {
    switch (plan.is) {
      case 'literal':
        return [arnOf(plan.number)];
      case 'imported key': {
        const arn = pick(
          site.keys.flatMap((key) => (key.arn === undefined ? [] : [key.arn])),
          plan.key,
        );
        return arn === undefined ? [] : [arn];
      }
      case 'alias':
        return [arnOf(1).replace(':key/', ':alias/')];
      case 'malformed':
        return ['1234abcd-12ab-34cd-56ef-1234567890ab'];
      case 'token':
        return [site.cdk.Fn.importValue('KeyArn')];
      case 'named token':
        return [];
    }
  });
}

function token(cdk: Cdk, stack: Stack | undefined, plan: TokenPlan): string {
  switch (plan) {
    case 'a':
    case 'b':
      return plan;
    case 'parameter': {
      if (!stack) return 'a';
      const existing = stack.node.tryFindChild('Token');
      return (existing instanceof cdk.CfnParameter ? existing : new cdk.CfnParameter(stack, 'Token', { default: 'a' }))
        .valueAsString;
    }
    case 'white space':
      return 'a\u00a0';
    case 'missing':
      return undefined as unknown as string;
    case 'SSM reference':
      return '{{resolve:ssm:/rotation/token}}';
    case 'secret reference':
      return '{{resolve:secretsmanager:rotation:SecretString:token}}';
    case 'not ASCII':
      return 'größer';
  }
}

export function declareReader(site: Site, scope: Construct, plan: ReaderPlan): void {
  const { cdk } = site;
  const stack = cdk.Stack.of(scope);
  const rotation = pick(
    site.rotations.filter((one) => one.construct && canRely(site, stack, one.construct) && isReadable(one, stack)),
    plan.rotation,
  );
  if (!rotation?.construct) return;
  site.readers.push({ plan, stack, rotation });
  const value = rotation.construct[plan.attribute];
  const reader: CfnResource = new cdk.CfnResource(scope, site.id(scope, 'Reader'), {
    type: 'AWS::SNS::Topic',
    properties: { DisplayName: `${value}` },
  });
  // Real apps read a conditional rotation's attribute under the same condition.
  const condition = conditionOfKey(site, rotation.key);
  if (condition && cdk.Stack.of(condition) === stack) reader.cfnOptions.condition = condition;
}

/** The rotation of a conditional key is readable only in its own stack, which has the condition. */
function isReadable({ key, stack }: SiteRotation, from: Stack): boolean {
  return stack === from || key.plan.traits.every(({ is }) => is !== 'conditional');
}

function pathOf(scope: Construct, id: string): string {
  return scope.node.path === '' ? id : `${scope.node.path}/${id}`;
}
