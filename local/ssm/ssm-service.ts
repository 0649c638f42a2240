import { optionalFlag, tagsOf } from '../wire/input';
import type { AuthorizationRequest, Call, Service } from '../wire/service';
import { nameOf, parameterArn } from './parameter-name';
import { parameterOperations } from './parameter-operations';
import type { ParameterStore } from './parameter-store';
import { tagOperations } from './tag-operations';

/** Systems Manager with Parameter Store only. */
export function ssmService(store: ParameterStore): Service {
  return {
    name: 'ssm',
    protocol: 'json',
    operations: { ...parameterOperations(store), ...tagOperations(store) },
    authorization,
  };
}

/** A version or label after the name is not part of the resource. */
function authorization({ operation, region, accountId, input }: Call): AuthorizationRequest[] {
  const action = `ssm:${operation}`;
  const named = input.Name ?? input.Path ?? input.ResourceId ?? input.Names;
  const names = (Array.isArray(named) ? named : [named]).filter((name) => typeof name === 'string');
  const resourceArns = names.map((name) => parameterArn(region, accountId, nameOf(name).split(':')[0] ?? ''));
  return resourceArns.length === 0
    ? [{ action, resourceArn: '*' }]
    : resourceArns.map((resourceArn) => ({ action, resourceArn, conditionKeys: conditionKeys(input) }));
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html#awssystemsmanager-policy-keys */
function conditionKeys(input: Call['input']): Record<string, string> {
  const tags = Object.entries(tagsOf(input)).map(([key, value]) => [`aws:RequestTag/${key}`, value] as const);
  return { 'ssm:Overwrite': String(optionalFlag(input, 'Overwrite') ?? false), ...Object.fromEntries(tags) };
}
