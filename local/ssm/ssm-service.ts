import { optionalFlag, tagsOf } from '../wire/input';
import type { AuthorizationRequest, Call, Service } from '../wire/service';
import { nameOf, parameterArn } from './parameter-name';
import { parameterOperations } from './parameter-operations';
import type { ParameterStore } from './parameter-store';
import { tagOperations } from './tag-operations';

/** Systems Manager, as far as its Parameter Store goes. */
export function ssmService(store: ParameterStore): Service {
  return {
    name: 'ssm',
    protocol: 'json',
    operations: { ...parameterOperations(store), ...tagOperations(store) },
    authorization,
  };
}

/** A call on several parameters needs permission for all. A version or label after the name is no part of the resource. */
function authorization({ operation, region, accountId, input }: Call): AuthorizationRequest {
  const named = input.Name ?? input.Path ?? input.ResourceId ?? input.Names;
  const names = (Array.isArray(named) ? named : [named]).filter((name) => typeof name === 'string');
  const [name, ...others] = names.map((each) => nameOf(each).split(':')[0]);
  const action = `ssm:${operation}`;
  if (name === undefined) {
    return { action, resourceArn: '*' };
  }
  const resourceArn = parameterArn(region, accountId, others.length > 0 ? '*' : name);
  return { action, resourceArn, conditionKeys: conditionKeys(input) };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html#awssystemsmanager-policy-keys */
function conditionKeys(input: Call['input']): Record<string, string> {
  const tags = Object.entries(tagsOf(input)).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
  return { 'ssm:Overwrite': String(optionalFlag(input, 'Overwrite') ?? false), ...Object.fromEntries(tags) };
}
