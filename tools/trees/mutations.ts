import type { Defect } from './libraries';

/** A defect that the exploration must catch, with the named apps that show it. */
export interface Mutation extends Defect {
  /** Names of cases. */
  readonly cases: readonly string[];
}

export const MUTATIONS: readonly Mutation[] = [
  // Finding keys
  {
    name: 'raw resources are not recognized as keys',
    file: 'key-declaration.ts',
    fragment: 'if (!CfnResource.isCfnResource(construct)) return false;',
    replacement: "if (!CfnResource.isCfnResource(construct) || !('attrArn' in construct)) return false;",
    cases: ['keys of every form'],
  },
  {
    name: 'overrides are ignored',
    file: 'key-declaration.ts',
    fragment: 'return isKeyDeclaration(declaration) ? renderedResource(declaration, PROPERTIES) : undefined;',
    replacement: `
  const raw = declaration as unknown as { rawOverrides: object };
  const { rawOverrides } = raw;
  Object.defineProperty(raw, 'rawOverrides', { value: {}, writable: true, configurable: true });
  const rendered = isKeyDeclaration(declaration) ? renderedResource(declaration, PROPERTIES) : undefined;
  Object.defineProperty(raw, 'rawOverrides', { value: rawOverrides, writable: true, configurable: true });
  return rendered;`,
    cases: ['overridden keys of a fleet'],
  },
  {
    name: "a fleet's stack is searched for beyond its stage",
    file: 'stages.ts',
    fragment: '.find((construct) => Stack.isStack(construct) || Stage.isStage(construct));',
    replacement: '.find((construct) => Stack.isStack(construct));',
    cases: ['a fleet in a stage that is in a stack'],
  },
  {
    name: 'a missed stage is not reported',
    file: 'on-demand-key-rotation-fleet.ts',
    fragment:
      '      ...(root === this.home ? this.missedStages().map((stage) => stageMissed(stage.node.path)) : []),\n',
    replacement: '',
    cases: ['a stage declared after the fleet'],
  },
  {
    name: 'a missed key is not reported',
    file: 'on-demand-key-rotation-fleet.ts',
    fragment: '      ...missedKeys.map((key) => keyMissed(key.node.path)),\n',
    replacement: '',
    cases: ['a key that an Aspect adds after the fleet, Aspects not stabilized'],
  },
  {
    name: 'a fleet without keys is not refused',
    file: 'on-demand-key-rotation-fleet.ts',
    fragment: 'faults.length === 0 && this.decided.isEmpty',
    replacement: 'faults.length < 0 && this.decided.isEmpty',
    cases: ['a fleet without keys'],
  },
  {
    name: 'a key is skipped silently',
    file: 'fleet-rotations.ts',
    fragment: '    if (reason !== undefined) this.skip(stack, declaration.node.path, reason);\n',
    replacement: '',
    cases: ['overridden keys of a fleet'],
  },
  {
    name: 'excluded keys are rotated',
    file: 'fleet-rotations.ts',
    fragment: '    if (this.exclusions.coverKey(stack, key)) return `${name} is excluded.`;\n',
    replacement: '',
    cases: ['an excluded key'],
  },
  {
    name: 'exclusions do not match a key by its other names',
    file: 'fleet-exclusions.ts',
    fragment: '|| this.identities().has(identityOf(scope, key))',
    replacement: '|| (this.identities().size < 0 && scope === key.declaration)',
    cases: ['an excluded ARN'],
  },
  {
    name: 'two fleets rotate one key',
    file: 'fleet-rotations.ts',
    fragment: '    if (other) return `${name} is rotated by ${other.node.path}.`;\n',
    replacement: '    if (other === stack) return name;\n',
    cases: ['a key of a fleet with a rotation of its own'],
  },
  {
    name: 'a stack that takes no assets stops the fleet',
    file: 'fleet-rotations.ts',
    fragment: 'if (!(error instanceof ValidationError && error.sentence.code === STACK_WITHOUT_ASSETS)) throw error;',
    replacement: 'if (error instanceof ValidationError || STACK_WITHOUT_ASSETS) throw error;',
    cases: ['a stack that takes no assets'],
  },
  // Rotations
  {
    name: 'a key that becomes HMAC later is rotated',
    file: 'synth-checks.ts',
    fragment: 'const ofKey = key.declaration && declarationFault(rotation, key.declaration);',
    replacement:
      'const ofKey = key.declaration && declarationFault === undefined ? declarationFault(rotation, key.declaration) : undefined;',
    cases: ['a key that becomes HMAC after its rotation was declared'],
  },
  {
    name: 'the token is altered',
    file: 'on-demand-key-rotation.ts',
    fragment: 'RotationToken: this.rotationToken,',
    replacement: 'RotationToken: this.rotationToken.toUpperCase(),',
    cases: ['one key'],
  },
  {
    name: 'the given provider is ignored',
    file: 'on-demand-key-rotation.ts',
    fragment: 'OnDemandKeyRotationProvider._given(this, props.provider) ?? ',
    replacement: '',
    cases: ['a provider shared between stacks'],
  },
  {
    name: "a key's condition is not copied to its rotation",
    file: 'on-demand-key-rotation.ts',
    fragment: '    takeOverCondition(resource, key);\n',
    replacement: '',
    cases: ['a single rotation of a conditional key'],
  },
  {
    name: 'a key under a condition in another stack is rotated',
    file: 'rotatable-key.ts',
    fragment: 'return conditionalKey(path, key.condition, stack.node.path);',
    replacement: 'return conditionalKey === undefined ? reason : undefined;',
    cases: ['a key under a condition in another stack'],
  },
  {
    name: 'a key in a conditional nested stack is rotated from outside',
    file: 'rotatable-key.ts',
    fragment: 'return nested && keyInConditionalStack(path, nested.path, nested.condition);',
    replacement: 'return keyInConditionalStack === undefined ? nested : undefined;',
    cases: ['a key in a conditional nested stack'],
  },
  {
    name: 'changing attributes may be exported',
    file: 'on-demand-key-rotation.ts',
    fragment: '    refuseChangingExports(this, resource);\n',
    replacement: '',
    cases: ['an attribute that another stack reads'],
  },
  {
    name: 'refusals do not name the construct',
    file: 'validation-error.ts',
    fragment: 'what: `${pathOf(construct)}: ${sentence.what}`',
    replacement: 'what: construct.node.path === "" ? "" : sentence.what',
    cases: ['a string as key'],
  },
  // Permissions
  {
    name: 'a rotation does not wait for its permissions',
    file: 'on-demand-key-rotation.ts',
    fragment: 'rotation.node.addDependency(...prerequisites);',
    replacement: 'if (prerequisites.length === 0) throw new Error();',
    cases: ['one key'],
  },
  {
    name: 'a rotation waits for the first policy only',
    file: 'provider-permissions.ts',
    fragment: 'return [this.first, this.policyFor(key)];',
    replacement: 'this.policyFor(key);\n    return [this.first];',
    cases: ['many keys'],
  },
  {
    name: "no permission for the ledger in the key's Region",
    file: 'provider-permissions.ts',
    fragment: 'if (key.region !== this.home.region) this.ledger',
    replacement: "if (key.region === '') this.ledger",
    cases: ['a key in another Region'],
  },
  {
    name: "all policies are in the provider's stack",
    file: 'provider-permissions.ts',
    fragment: 'if (this.takesPolicies) return this.policies(stack).allow(key);',
    replacement: 'if (this.takesPolicies) return this.policies(this.home ?? stack).allow(key);',
    cases: ['a provider shared between stacks', 'a provider shared with a nested stack, both ways'],
  },
  {
    name: 'a policy names a key that may not exist',
    file: 'provider-permissions.ts',
    fragment: 'keys.addResources(arnWhereItExists(key));',
    replacement: 'keys.addResources(key.arn);',
    cases: ['a single rotation of a conditional key'],
  },
  {
    name: 'twice as many keys per policy',
    file: 'provider-permissions.ts',
    fragment: 'KEYS_PER_POLICY = 50',
    replacement: 'KEYS_PER_POLICY = 100',
    cases: ['many keys'],
  },
  {
    name: 'policies are attached to an immutable role',
    file: 'provider-permissions.ts',
    fragment: 'return !DROPS_POLICIES.includes(id);',
    replacement: 'return !DROPS_POLICIES.includes(`-${id}`);',
    cases: ['an immutable role'],
  },
  {
    name: 'no permission to create network interfaces',
    file: 'provider-policy.ts',
    fragment: "      'ec2:CreateNetworkInterface',\n",
    replacement: '',
    cases: ['a provider that an injector puts into a VPC'],
  },
  {
    name: 'the function does not wait for the permissions that Lambda checks',
    file: 'provider-permissions.ts',
    fragment: '    of.node.addDependency(this.functionPolicy);\n',
    replacement: '',
    cases: ['a provider in a VPC'],
  },
];
