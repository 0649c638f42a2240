import { type Look, type RenderedRotation, type Scene, arnTextOf, covers } from '../look';
import { step } from '../order';
import { isLoud, logicalId } from '../rendered';
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
      const runs = functionOf(scene, rotation.functionArn);
      if (!runs) yield `${rotation.at} has no function: ${rotation.functionArn}`;
      else if (immutable.has(runs.at)) yield* untouched(scene, runs);
      else yield* lacking(look, scene, rotation, runs);
    }
  }
}

function* lacking(look: Look, scene: Scene, rotation: RenderedRotation, runs: RenderedFunction): Generator<string> {
  const { order, policies, deployment, values } = scene;
  const ofRole = policies.filter(({ roles: names }) => names.includes(runs.role));
  const before = order.prerequisitesOf(rotation.at);
  const inTime = ofRole.filter(({ at }) => before.has(at));
  const account = values.text(runs.stack, { Ref: 'AWS::AccountId' });
  const ledger = `arn:aws:ssm:${regionOf(look, scene, rotation)}:${account}:parameter/on-demand-key-rotation/1234/1`;
  const needed = [
    ...KEY_ACTIONS.map((action) => [action, rotation.keyArn]),
    ...LEDGER_ACTIONS.map((action) => [action, ledger]),
  ] as [string, string][];
  for (const [action, resource] of needed) {
    if (allowing(ofRole, action, resource).length === 0)
      yield `${rotation.at}: nothing allows ${action} on ${resource}`;
    else if (allowing(inTime, action, resource).length === 0)
      yield `${rotation.at} does not wait for what allows ${action} on ${resource}`;
  }
  for (const action of LOG_ACTIONS) if (!hasAction(inTime, action)) yield `${rotation.at} does not wait for ${action}`;
  yield* lackingForFunction(scene, runs, ofRole);
  for (const [id, { type, properties }] of deployment.decided.get(runs.stack)?.resources ?? []) {
    const isOfFunction =
      type === 'AWS::Lambda::EventInvokeConfig' && values.text(runs.stack, properties.FunctionName) === `<${runs.at}>`;
    if (isOfFunction && !before.has(step(runs.stack, id))) yield `${rotation.at} does not wait for ${id}`;
  }
}

/** Lambda refuses to create a function whose role may not make network interfaces in its VPC, or send to its queue. */
function* lackingForFunction(
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

/** The key's Region, where the ledger lies. */
function regionOf({ rendered }: Look, { values }: Scene, { keyArn, stack }: RenderedRotation): string {
  const declared = rendered.keys.find((key) => arnTextOf(key) === keyArn);
  if (declared) return values.text(declared.stack, { Ref: 'AWS::Region' });
  return /^arn:[^:]+:kms:([^:]+):/.exec(keyArn)?.[1] ?? values.text(stack, { Ref: 'AWS::Region' });
}

/** Of providers whose role takes no updates: its owner has seen to it. */
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

function* untouched({ policies }: Scene, { at, role }: RenderedFunction): Generator<string> {
  // The shared role is written to by others that may.
  if (!role.startsWith('<')) return;
  const written = policies.find(({ roles: names }) => names.includes(role));
  if (written) yield `${at} has an immutable role, and ${written.at} is attached to it`;
}

export function* providers({ site, scenes: [scene] }: Look): Generator<string> {
  for (const { at, functionArn, single } of scene.rotations) {
    const wanted = single?.provider;
    if (!wanted?.construct) continue;
    const resource = wanted.construct.function.node.defaultChild;
    const expected = site.cdk.CfnResource.isCfnResource(resource)
      ? `<${step(wanted.stack.node.path, logicalId(resource))}.Arn>`
      : '';
    if (functionArn !== expected) yield `${at} has the function ${functionArn}, not that of ${wanted.path}`;
  }
}

/** What a fleet asks of its providers, they have. */
export function* settings({ site, rendered, scenes: [scene] }: Look): Generator<string> {
  const keys = new Map(rendered.keys.map((key) => [arnTextOf(key), key]));
  for (const { at, keyArn, functionArn, single } of scene.rotations) {
    const key = keys.get(keyArn);
    const covering = site.fleets.filter((fleet) => key && covers(fleet, key));
    const isTraced = covering.length > 0 && covering.every(({ traced }) => traced);
    const runs = functionOf(scene, functionArn);
    if (!single && isTraced && runs?.resource.properties.TracingConfig === undefined)
      yield `${at} has a provider that is not traced`;
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export function* quotas({ rendered, scenes: [{ policies }] }: Look): Generator<string> {
  // Ten is what an account has unless it asks for more.
  const isWarned = rendered.messages.some((message) => isLoud(message) && message.text.includes('policiesPerRole'));
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
