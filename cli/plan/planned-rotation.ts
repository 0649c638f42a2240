import { RESOURCE_TYPE } from '../../lib/protocol';
import { Failure } from '../../lambda/failures';
import type { KeyState } from '../../lambda/key-state';
import { member } from '../../lambda/member';
import { type RotationRequest, readRequest } from '../../lambda/request';
import type { Resource } from './cloud-assembly';
import { NewKey, newKeyState } from './new-key';
import type { PlannedStack } from './planned-stack';
import { unresolvedIn } from './template-values';
import type { Unresolved } from './unresolved';

/** What a deployment requests from the handler for one resource. */
export type Asked =
  /** Nothing: the resource does not change. */
  | { readonly kind: 'unchanged'; readonly keyArn: string; readonly token: string }
  | {
      readonly kind: 'request';
      readonly request: RotationRequest;
      readonly newKey: { readonly key: KeyState; readonly name: string } | undefined;
    }
  | { readonly kind: 'refused'; readonly failure: Failure; readonly token: string }
  | { readonly kind: 'unknown'; readonly why: string; readonly token: string | undefined };

export interface RotationResource {
  readonly stack: PlannedStack;
  readonly logicalId: string;
  /** Where the app declares it. */
  readonly path: string;
  readonly asked: Asked;
}

/** The rotations of a stack after the deployment. */
export function rotationsOf(stack: PlannedStack, now: number): RotationResource[] {
  return Object.entries(stack.template.Resources ?? {}).flatMap(([logicalId, resource]) => {
    if (resource?.Type !== RESOURCE_TYPE) return [];
    const isDeployed = stack.values.isDeployed(resource);
    if (isDeployed === false) return [];
    const asked = ask(stack, logicalId, resource, isDeployed, now);
    return [{ stack, logicalId, path: pathOf(resource) ?? `${stack.name}/${logicalId}`, asked }];
  });
}

function ask(stack: PlannedStack, logicalId: string, resource: Resource, isDeployed: unknown, now: number): Asked {
  const { ServiceToken, ...properties } = resource.Properties ?? {};
  const wanted = stack.values.evaluate(properties);
  const tokenValue = member(wanted, 'RotationToken');
  const token = typeof tokenValue === 'string' ? tokenValue : undefined;
  const newKey = unresolvedIn(member(wanted, 'KeyArn'));
  const unresolved =
    unresolvedIn(isDeployed) ?? (newKey instanceof NewKey ? unresolvedBeside(wanted) : unresolvedIn(wanted));
  if (unresolved || token === undefined)
    return { kind: 'unknown', why: unresolved?.why ?? 'it has no rotation token', token };

  const before = stack.deployedResource(logicalId, resource);
  const { ServiceToken: oldServiceToken, ...oldProperties } = before?.Properties ?? {};
  const old = before && stack.deployedValues?.evaluate(oldProperties);
  const KeyArn = newKey instanceof NewKey ? placeholderArn(stack, newKey) : String(member(wanted, 'KeyArn'));
  const isSame =
    before && JSON.stringify(ServiceToken) === JSON.stringify(oldServiceToken) && sameProperties(old, wanted);
  if (isSame) return { kind: 'unchanged', keyArn: KeyArn, token };
  try {
    const request = readRequest({
      RequestType: before ? 'Update' : 'Create',
      StackId: stack.stackId,
      RequestId: 'plan',
      LogicalResourceId: logicalId,
      ResourceProperties: { ...(wanted as object), KeyArn },
      OldResourceProperties: old,
    });
    const key = newKey instanceof NewKey ? { key: newKeyState(newKey, now), name: newKey.logicalId } : undefined;
    return { kind: 'request', request, newKey: key };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { kind: 'refused', failure: error, token };
  }
}

function unresolvedBeside(wanted: unknown): Unresolved | undefined {
  const { KeyArn, ...others } = wanted as Readonly<Record<string, unknown>>;
  return KeyArn === undefined ? undefined : unresolvedIn(others);
}

/** CloudFormation compares the values as strings. */
function sameProperties(old: unknown, wanted: unknown): boolean {
  const texts = (properties: unknown) =>
    JSON.stringify(
      Object.entries(properties as object)
        .map(([name, value]: [string, unknown]) => [name, String(value)] as const)
        .sort(([one], [other]) => one.localeCompare(other)),
    );
  return unresolvedIn(old) === undefined && unresolvedIn(wanted) === undefined && texts(old) === texts(wanted);
}

function placeholderArn({ place: { partition, region, account } }: PlannedStack, { logicalId }: NewKey): string {
  return `arn:${partition}:kms:${region}:${account}:key/new-${logicalId}`;
}

/** The construct's path, without the ID of its resource. */
function pathOf({ Metadata }: Resource): string | undefined {
  const path = Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path.replace(/(\/Resource)?\/(Default|Resource)$/, '') : undefined;
}
