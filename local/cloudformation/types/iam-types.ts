import type { Iam } from '../../iam/iam';
import { generatedName, type Properties, type ResourceType } from '../resource-type';
import { optionalString, requiredString, stringList } from './property-readers';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html */
export function iamTypes(iam: Iam): Record<string, ResourceType> {
  return {
    'AWS::IAM::Role': roleType(iam),
    'AWS::IAM::Policy': policyType(iam),
    'AWS::IAM::ManagedPolicy': managedPolicyType(iam),
  };
}

interface InlinePolicy {
  readonly PolicyName: string;
  readonly PolicyDocument: unknown;
}

function roleType(iam: Iam): ResourceType {
  return {
    properties: [
      'AssumeRolePolicyDocument',
      'Description',
      'ManagedPolicyArns',
      'MaxSessionDuration',
      'Path',
      'PermissionsBoundary',
      'Policies',
      'RoleName',
      'Tags',
    ],
    required: ['AssumeRolePolicyDocument'],
    createOnly: ['RoleName', 'Path'],
    attributes: ['Arn', 'RoleId'],
    find: (_, properties) => {
      const role = iam.findRole(optionalString(properties, 'RoleName') ?? '');
      return role && { physicalId: role.name, attributes: { Arn: role.arn, RoleId: `AROA${role.name.toUpperCase()}` } };
    },
    create: ({ place, properties }) => {
      const name = optionalString(properties, 'RoleName') ?? generatedName(place, 64);
      const { arn } = iam.createRole(name, {
        managedPolicies: stringList(properties, 'ManagedPolicyArns'),
        inline: Object.fromEntries(inlinePolicies(properties)),
        permissionsBoundary: optionalString(properties, 'PermissionsBoundary'),
        path: optionalString(properties, 'Path'),
      });
      return { physicalId: name, attributes: { Arn: arn, RoleId: `AROA${name.toUpperCase()}` } };
    },
    update: ({ properties, before, physicalId }) => {
      const [policies, policiesBefore] = [new Map(inlinePolicies(properties)), new Map(inlinePolicies(before))];
      policies.forEach((document, name) => {
        iam.putInlinePolicy(physicalId, name, document);
      });
      [...policiesBefore.keys()]
        .filter((name) => !policies.has(name))
        .forEach((name) => {
          iam.deleteInlinePolicy(physicalId, name);
        });
      applyDifference(stringList(before, 'ManagedPolicyArns'), stringList(properties, 'ManagedPolicyArns'), {
        add: (arn) => {
          iam.attach(physicalId, arn);
        },
        remove: (arn) => {
          iam.detach(physicalId, arn);
        },
      });
      iam.setPermissionsBoundary(physicalId, optionalString(properties, 'PermissionsBoundary'));
      const { arn = '' } = iam.findRole(physicalId) ?? {};
      return { physicalId, attributes: { Arn: arn, RoleId: `AROA${physicalId.toUpperCase()}` } };
    },
    delete: ({ physicalId }) => {
      if (iam.findRole(physicalId)) {
        iam.deleteRole(physicalId);
      }
    },
  };
}

function policyType(iam: Iam): ResourceType {
  const detach = (role: string, name: string): void => {
    if (iam.findRole(role)) {
      iam.deleteInlinePolicy(role, name);
    }
  };
  return {
    properties: ['PolicyDocument', 'PolicyName', 'Roles'],
    required: ['PolicyDocument', 'PolicyName'],
    createOnly: ['PolicyName'],
    attributes: ['Id'],
    create: ({ place, properties }) => {
      const name = requiredString(properties, 'PolicyName');
      stringList(properties, 'Roles').forEach((role) => {
        iam.putInlinePolicy(role, name, properties.PolicyDocument);
      });
      const id = generatedName(place);
      return { physicalId: id, attributes: { Id: id } };
    },
    update: ({ properties, before, physicalId }) => {
      const name = requiredString(properties, 'PolicyName');
      const roles = stringList(properties, 'Roles');
      roles.forEach((role) => {
        iam.putInlinePolicy(role, name, properties.PolicyDocument);
      });
      stringList(before, 'Roles')
        .filter((role) => !roles.includes(role))
        .forEach((role) => {
          detach(role, name);
        });
      return { physicalId, attributes: { Id: physicalId } };
    },
    delete: ({ properties }) => {
      stringList(properties, 'Roles').forEach((role) => {
        detach(role, requiredString(properties, 'PolicyName'));
      });
    },
  };
}

function managedPolicyType(iam: Iam): ResourceType {
  return {
    properties: ['Description', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles'],
    required: ['PolicyDocument'],
    createOnly: ['ManagedPolicyName', 'Description', 'Path'],
    attributes: ['PolicyArn', 'PolicyId'],
    create: ({ place, properties }) => {
      const name = optionalString(properties, 'ManagedPolicyName') ?? generatedName(place, 128);
      const { arn } = iam.createManagedPolicy(name, properties.PolicyDocument, optionalString(properties, 'Path'));
      stringList(properties, 'Roles').forEach((role) => {
        iam.attach(role, arn);
      });
      return { physicalId: arn, attributes: { PolicyArn: arn, PolicyId: name } };
    },
    update: ({ properties, before, physicalId }) => {
      iam.updateManagedPolicy(physicalId, properties.PolicyDocument);
      applyDifference(stringList(before, 'Roles'), stringList(properties, 'Roles'), {
        add: (role) => {
          iam.attach(role, physicalId);
        },
        remove: (role) => {
          iam.detach(role, physicalId);
        },
      });
      return { physicalId, attributes: { PolicyArn: physicalId, PolicyId: physicalId.split('/').at(-1) } };
    },
    delete: ({ physicalId }) => {
      iam.deleteManagedPolicy(physicalId);
    },
  };
}

function inlinePolicies(properties: Properties): [string, unknown][] {
  const policies = (properties.Policies ?? []) as readonly InlinePolicy[];
  return policies.map(({ PolicyName, PolicyDocument }) => [PolicyName, PolicyDocument]);
}

/** Adds and removes only what differs. */
function applyDifference(
  before: readonly string[],
  after: readonly string[],
  { add, remove }: { readonly add: (item: string) => void; readonly remove: (item: string) => void },
): void {
  after.filter((item) => !before.includes(item)).forEach(add);
  before.filter((item) => !after.includes(item)).forEach(remove);
}
