import { type Look, type RenderedRotation, type Scene, arnTextOf, covers } from '../look';
import { step } from '../order';
import { isWarningOrError, logicalId } from '../rendered';
import { type Policy, allowing, roleName } from '../roles';
import type { Resource } from '../template';

const KEY_ACTIONS = ['kms:DescribeKey', 'kms:GetKeyRotationStatus', 'kms:ListKeyRotations', 'kms:RotateKeyOnDemand'];
const LEDGER_ACTIONS = ['ssm:GetParametersByPath', 'ssm:PutParameter'];
const LOG_ACTIONS = ['logs:CreateLogStream', 'logs:PutLogEvents'];

interface RenderedFunction {
  readonly at: string;
  readonly stack: string;
  readonly id: string;
  readonly resource: Resource;
  readonly role: string;
}

function functionOf({ deployment, values }: Scene, arn: string): RenderedFunction | undefined {
  const [, stack = '', id = ''] = /^<(.*)#(\w+)\.Arn>$/.exec(arn) ?? [];
  const resource = deployment.decided.get(stack)?.resources.get(id);
  if (resource?.type !== 'AWS::Lambda::Function') return undefined;
  return { at: step(stack, id), stack, id, resource, role: roleName(values.text(stack, resource.properties.Role)) };
}

export function* permissions(look: Look): Generator<string> {
  const immutable = immutableFunctions(look);
  for (const scene of look.scenes) {
    for (const rotation of scene.rotations) {
      const fn = functionOf(scene, rotation.functionArn);
      if (!fn) yield `${rotation.at} has no function: ${rotation.functionArn}`;
      else if (immutable.has(fn.at)) yield* policiesOnImmutableRole(scene, fn);
      else yield* missingPermissions(look, scene, rotation, fn);
    }
  }
}

function* missingPermissions(
  look: Look,
  scene: Scene,
  rotation: RenderedRotation,
  fn: RenderedFunction,
): Generator<string> {
  const { order, policies, deployment, values } = scene;
  const ofRole = policies.filter(({ roles: names }) => names.includes(fn.role));
  const before = order.prerequisitesOf(rotation.at);
  const inTime = ofRole.filter(({ at }) => before.has(at));
  const account = values.text(fn.stack, { Ref: 'AWS::AccountId' });
  const ledger = `arn:aws:ssm:${regionOf(look, scene, rotation)}:${account}:parameter/on-demand-key-rotation/1234/1`;
  const needed = [
    ...KEY_ACTIONS.map((action) => [action, rotation.keyArn]),
    ...LEDGER_ACTIONS.map((action) => [action, ledger]),
  ] as [string, string][];
  for (const [action, resource] of needed) {
    if (allowing(ofRole, action, resource).length === 0)
      yield `${rotation.at}: no policy allows ${action} on ${resource}`;
    else if (allowing(inTime, action, resource).length === 0)
      yield `${rotation.at} does not wait for what allows ${action} on ${resource}`;
  }
  for (const action of LOG_ACTIONS) if (!hasAction(inTime, action)) yield `${rotation.at} does not wait for ${action}`;
  yield* missingForFunction(scene, fn, ofRole);
  for (const [id, { type, properties }] of deployment.decided.get(fn.stack)?.resources ?? []) {
    const isOfFunction =
      type === 'AWS::Lambda::EventInvokeConfig' && values.text(fn.stack, properties.FunctionName) === `<${fn.at}>`;
    if (isOfFunction && !before.has(step(fn.stack, id))) yield `${rotation.at} does not wait for ${id}`;
  }
}

/** Lambda refuses to create a function whose role may not create network interfaces in its VPC, or send to its queue. */
function* missingForFunction(
  { order }: Scene,
  { at, resource }: RenderedFunction,
  ofRole: readonly Policy[],
): Generator<string> {
  const before = order.prerequisitesOf(at);
  const inTime = ofRole.filter((policy) => before.has(policy.at));
  if (resource.properties.VpcConfig !== undefined && !hasAction(inTime, 'ec2:CreateNetworkInterface'))
    yield `${at} is in a VPC and does not wait for ec2:CreateNetworkInterface`;
  if (resource.properties.TracingConfig !== undefined && !hasAction(inTime, 'xray:PutTraceSegments'))
    yield `${at} is traced and does not wait for xray:PutTraceSegments`;
  if (resource.properties.DeadLetterConfig !== undefined && !hasAction(inTime, 'sqs:SendMessage'))
    yield `${at} has a queue and does not wait for sqs:SendMessage`;
}

function hasAction(policies: readonly Policy[], action: string): boolean {
  return policies.some(({ statements }) =>
    statements.some(({ effect, actions }) => effect === 'Allow' && actions.includes(action)),
  );
}

/** The key's Region, which holds the ledger. */
function regionOf({ rendered }: Look, { values }: Scene, { keyArn, stack }: RenderedRotation): string {
  const declared = rendered.keys.find((key) => arnTextOf(key) === keyArn);
  if (declared) return values.text(declared.stack, { Ref: 'AWS::Region' });
  return /^arn:[^:]+:kms:([^:]+):/.exec(keyArn)?.[1] ?? values.text(stack, { Ref: 'AWS::Region' });
}

/** Functions whose role must not be changed: its owner grants the permissions. */
function immutableFunctions({ site }: Look): Set<string> {
  return new Set(
    site.providers
      .filter(({ plan, construct }) => construct && ['immutable', 'no updates'].includes(plan.role))
      .flatMap(({ stack, construct }) => {
        const resource = construct?.function.node.defaultChild;
        return site.cdk.CfnResource.isCfnResource(resource) ? [step(stack.node.path, logicalId(resource))] : [];
      }),
  );
}

function* policiesOnImmutableRole({ policies }: Scene, { at, role }: RenderedFunction): Generator<string> {
  // Other providers may attach policies to the shared role.
  if (!role.startsWith('<')) return;
  const written = policies.find(({ roles: names }) => names.includes(role));
  if (written) yield `${at} has an immutable role, and ${written.at} is attached to it`;
}

export function* providers({ site, scenes: [scene] }: Look): Generator<string> {
  for (const { at, functionArn, single } of scene.rotations) {
    const provider = single?.provider;
    if (!provider?.construct) continue;
    const resource = provider.construct.function.node.defaultChild;
    const expected = site.cdk.CfnResource.isCfnResource(resource)
      ? `<${step(provider.stack.node.path, logicalId(resource))}.Arn>`
      : '';
    if (functionArn !== expected) yield `${at} has the function ${functionArn}, not that of ${provider.path}`;
  }
}

/** Checks the settings that a fleet asks of its providers. */
export function* settings({ site, rendered, scenes: [scene] }: Look): Generator<string> {
  const keys = new Map(rendered.keys.map((key) => [arnTextOf(key), key]));
  for (const { at, keyArn, functionArn, single } of scene.rotations) {
    const key = keys.get(keyArn);
    const covering = site.fleets.filter((fleet) => key && covers(fleet, key));
    const isTraced = covering.length > 0 && covering.every(({ traced }) => traced);
    const fn = functionOf(scene, functionArn);
    if (!single && isTraced && fn?.resource.properties.TracingConfig === undefined)
      yield `${at} has a provider that is not traced`;
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function* quotas({ rendered, scenes: [{ policies }] }: Look): Generator<string> {
  // Ten is an account's default quota.
  const isWarned = rendered.messages.some(
    (message) => isWarningOrError(message) && message.text.includes('policiesPerRole'),
  );
  for (const role of new Set(policies.flatMap(({ roles: names }) => names))) {
    const ofRole = policies.filter(({ roles: names }) => names.includes(role));
    const managed = ofRole.filter((policy) => policy.managed);
    const inline = ofRole.filter((policy) => !policy.managed).reduce((sum, { size }) => sum + size, 0);
    if (managed.length > 10 && !isWarned) yield `${role} has ${managed.length} managed policies`;
    if (inline > 10_240) yield `${role} has inline policies of ${inline} characters in all`;
    const tooLong = managed.find(({ size }) => size > 6144);
    if (tooLong) yield `${tooLong.at} has ${tooLong.size} characters`;
  }
}

export function* roles({ scenes: [{ policies }] }: Look): Generator<string> {
  const seen = new Map<string, Policy>();
  for (const policy of policies.filter(({ managed }) => !managed)) {
    for (const role of policy.roles) {
      const key = `${role} ${policy.name}`;
      const other = seen.get(key);
      if (other && other.at !== policy.at)
        yield `${other.at} and ${policy.at} both write the policy ${policy.name} of ${role}`;
      seen.set(key, policy);
    }
  }
}
