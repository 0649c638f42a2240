/**
 * Builds the app that a plan describes.
 */
import type { App, Environment, IPropertyInjector, Stack, Stage, aws_lambda } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { declareFleet, declareProvider, declareReader, declareRotation } from './consumers';
import { environmentOf, within } from './environments';
import { KEY_POLICY, conditionOf, declareKey } from './keys';
import type { AppPlan, AspectPlan, Declaration, Injector, PipelinePlan, StackPlan, StagePlan } from './plan';
import type { Cdk, Site } from './site';
import { PRODUCT_WITH_ASSETS, importedVpc, stackAround, takesAssets } from './surroundings';

/** Separate from `declareAll`, so that a caller can inspect the app when a declaration throws. */
export function newApp(cdk: Cdk, plan: AppPlan, outdir: string): App {
  const { flags } = plan;
  return new cdk.App({
    outdir,
    analyticsReporting: false,
    treeMetadata: false,
    propertyInjectors: plan.injectors.map((injector) => propertyInjector(cdk, injector)),
    context: {
      'aws:cdk:disable-asset-staging': true,
      'aws:cdk:disable-stack-trace': true,
      '@aws-cdk/core:aspectStabilization': flags.aspectStabilization,
      '@aws-cdk/aws-iam:minimizePolicies': flags.minimizePolicies,
      '@aws-cdk/aws-lambda:useCdkManagedLogGroup': flags.managedLogGroup,
      '@aws-cdk/aws-iam:importedRoleStackSafeDefaultPolicyName': flags.stackSafePolicyName,
    },
  });
}

export function declareAll(site: Site, app: App): void {
  site.scopes.push(app);
  declare(site, app, environmentOf(site.plan), site.plan.children);
  site.atTheEnd.forEach((act) => {
    act();
  });
}

function declare(site: Site, scope: Construct, environment: Environment, declarations: readonly Declaration[]): void {
  const { cdk } = site;
  const stack = stackAround(cdk, scope);
  for (const declaration of declarations) {
    switch (declaration.kind) {
      case 'stage':
        declareStage(site, scope, environment, declaration);
        break;
      case 'stack':
        declareStack(site, scope, environment, declaration);
        break;
      case 'group': {
        const group = new Construct(scope, site.id(scope, 'Group'));
        site.scopes.push(group);
        declare(site, group, environment, declaration.children);
        break;
      }
      case 'aspect':
        declareAspect(site, scope, declaration);
        break;
      case 'fleet':
        declareFleet(site, scope, declaration);
        break;
      default:
        // Outside a stack, the declaration gets a stack of its own.
        if (!stack)
          declareStack(site, scope, environment, {
            kind: 'stack',
            as: 'stack',
            environment: 'here',
            conditional: false,
            children: [declaration],
          });
        else if (declaration.kind === 'key') declareKey(site, scope, declaration);
        else if (declaration.kind === 'provider') declareProvider(site, scope, declaration);
        else if (declaration.kind === 'rotation') declareRotation(site, scope, declaration);
        else if (declaration.kind === 'reader') declareReader(site, scope, declaration);
        else declarePipeline(site, stack, environment, declaration);
    }
  }
}

function declareStage(site: Site, scope: Construct, around: Environment, plan: StagePlan): Stage {
  const environment = within(around, plan.environment);
  const stage = new site.cdk.Stage(scope, site.id(scope, 'Stage'), { env: environment });
  site.scopes.push(stage);
  declare(site, stage, environment, plan.children);
  return stage;
}

function declareStack(site: Site, scope: Construct, around: Environment, plan: StackPlan): void {
  const outer = stackAround(site.cdk, scope);
  const canHoldAssets = outer !== undefined && takesAssets(site.cdk, outer);
  const { as } = plan;
  const inside = canHoldAssets && as !== 'stack' && as !== 'without assets' ? as : undefined;
  const environment = inside ? around : within(around, plan.environment);
  const stack = inside
    ? declareInside(site, scope, inside)
    : new site.cdk.Stack(scope, site.id(scope, 'Stack'), {
        env: environment,
        synthesizer: as === 'without assets' ? new site.cdk.BootstraplessSynthesizer() : undefined,
      });
  if (plan.conditional && outer && stack.nestedStackResource) {
    stack.nestedStackResource.cfnOptions.condition = conditionOf(site, outer);
    site.conditionalStacks.add(stack);
  }
  site.scopes.push(stack);
  declare(site, stack, environment, plan.children);
}

function declareInside(site: Site, scope: Construct, as: 'nested' | 'product' | 'product with assets'): Stack {
  const { NestedStack, aws_s3: s3, aws_servicecatalog: catalog } = site.cdk;
  if (as === 'nested') return new NestedStack(scope, site.id(scope, 'Nested'));
  const stack =
    as === 'product'
      ? new catalog.ProductStack(scope, site.id(scope, 'Product'))
      : new catalog.ProductStack(scope, site.id(scope, PRODUCT_WITH_ASSETS), {
          assetBucket: s3.Bucket.fromBucketName(scope, site.id(scope, 'Assets'), 'assets'),
        });
  new catalog.CloudFormationProduct(scope, site.id(scope, 'CatalogProduct'), {
    productName: 'Product',
    owner: 'Platform',
    productVersions: [{ cloudFormationTemplate: catalog.CloudFormationTemplate.fromProductStack(stack) }],
  });
  return stack;
}

function declareAspect(site: Site, scope: Construct, plan: AspectPlan): void {
  const { cdk } = site;
  const priority = { before: 10, default: 500, after: 1000 }[plan.priority];
  switch (plan.does) {
    case 'tags':
      cdk.Tags.of(scope).add('team', 'security');
      break;
    case 'boundary':
      cdk.aws_iam.PermissionsBoundary.of(scope).apply(cdk.aws_iam.ManagedPolicy.fromAwsManagedPolicyName('Boundary'));
      break;
    case 'VPC':
      cdk.Aspects.of(scope).add({ visit: putIntoVpc }, { priority });
      break;
    case 'key below':
    case 'key above':
      site.aspects.push(scope);
      cdk.Aspects.of(scope).add({ visit: addingKey(site, plan.does, plan.key) }, { priority });
  }
}

function putIntoVpc(visited: IConstruct): void {
  if ('cfnResourceType' in visited && visited.cfnResourceType === 'AWS::Lambda::Function')
    (visited as aws_lambda.CfnFunction).vpcConfig = {
      subnetIds: ['subnet-12345678'],
      securityGroupIds: ['sg-12345678'],
    };
}

/** Adds one key: to the first construct it can, or to the parent of that, which Aspects visit earlier. */
function addingKey(
  site: Site,
  where: 'key below' | 'key above',
  key: AspectPlan['key'],
): (visited: IConstruct) => void {
  const { cdk } = site;
  let isDone = false;
  return (visited) => {
    const into = where === 'key below' ? visited : visited.node.scope;
    if (isDone || !(into instanceof Construct) || !stackAround(cdk, into) || cdk.CfnElement.isCfnElement(into)) return;
    isDone = true;
    const id = site.id(into, 'OfAspect');
    if (key === 'L2') new cdk.aws_kms.Key(into, id);
    else new cdk.aws_kms.CfnKey(into, id, { keyPolicy: KEY_POLICY });
  };
}

function declarePipeline(site: Site, stack: Stack, around: Environment, plan: PipelinePlan): void {
  const { cdk } = site;
  const { pipelines, aws_codecommit: codecommit } = cdk;
  if (stack.nestedStackParent || !takesAssets(cdk, stack)) return;
  const repository = codecommit.Repository.fromRepositoryName(stack, site.id(stack, 'Repository'), 'app');
  const pipeline = new pipelines.CodePipeline(stack, site.id(stack, 'Pipeline'), {
    crossAccountKeys: plan.crossAccountKeys,
    synth: new pipelines.ShellStep('Synth', {
      input: pipelines.CodePipelineSource.codeCommit(repository, 'main'),
      commands: ['npx cdk synth'],
    }),
  });
  // CDK Pipelines takes stages with an explicit environment only if the pipeline's stack has one.
  for (const stagePlan of plan.stages) {
    const isKnown = !cdk.Token.isUnresolved(stack.region) && !cdk.Token.isUnresolved(stack.account);
    const stage = declareStage(site, stack, around, isKnown ? stagePlan : { ...stagePlan, environment: 'here' });
    const main = new cdk.Stack(stage, site.id(stage, 'Main'));
    new cdk.CfnResource(main, 'Topic', { type: 'AWS::SNS::Topic' });
    site.pipelineStages.push(stage);
    pipeline.addStage(stage);
  }
}

function propertyInjector(cdk: Cdk, injector: Injector): IPropertyInjector {
  switch (injector) {
    case 'function in VPC':
      return {
        constructUniqueId: cdk.aws_lambda.Function.PROPERTY_INJECTION_ID,
        inject: (props: { readonly vpc?: unknown }, { scope, id }) => ({
          ...props,
          vpc: props.vpc ?? importedVpc(cdk, scope, `VpcOf${id}`),
        }),
      };
    case 'traced function':
      return {
        constructUniqueId: cdk.aws_lambda.Function.PROPERTY_INJECTION_ID,
        inject: (props: object) => ({ ...props, tracing: cdk.aws_lambda.Tracing.ACTIVE, deadLetterQueueEnabled: true }),
      };
    case 'role path':
      return {
        constructUniqueId: cdk.aws_iam.Role.PROPERTY_INJECTION_ID,
        inject: (props: object) => ({ ...props, path: '/platform/' }),
      };
    case 'log retention':
      return {
        constructUniqueId: cdk.aws_logs.LogGroup.PROPERTY_INJECTION_ID,
        inject: (props: object) => ({ ...props, retention: cdk.aws_logs.RetentionDays.ONE_MONTH }),
      };
  }
}
