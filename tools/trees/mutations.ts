import type { Defect } from './libraries';

/** What must not be done to the library, each with apps by which the exploration notices. */
export interface Mutation extends Defect {
  /** Names of cases. */
  readonly cases: readonly string[];
}

export const MUTATIONS: readonly Mutation[] = [
  // Which keys there are
  {
    name: 'raw resources are no keys',
    file: 'key-declaration.ts',
    fragment: 'if (!CfnResource.isCfnResource(construct)) return false;',
    by: "if (!CfnResource.isCfnResource(construct) || !('attrArn' in construct)) return false;",
    cases: ['keys of every form'],
  },
  {
    name: 'overrides are not read',
    file: 'key-declaration.ts',
    fragment: 'return isKeyDeclaration(declaration) ? renderedResource(declaration, PROPERTIES) : undefined;',
    by: `
  const raw = declaration as unknown as { rawOverrides: object };
  const { rawOverrides } = raw;
  Object.defineProperty(raw, 'rawOverrides', { value: {}, writable: true, configurable: true });
  const rendered = isKeyDeclaration(declaration) ? renderedResource(declaration, PROPERTIES) : undefined;
  Object.defineProperty(raw, 'rawOverrides', { value: rawOverrides, writable: true, configurable: true });
  return rendered;`,
    cases: ['overridden keys of a fleet'],
  },
  {
    name: 'the stack around a fleet is looked for beyond the stage',
    file: 'stages.ts',
    fragment: '.find((construct) => Stack.isStack(construct) || Stage.isStage(construct));',
    by: '.find((construct) => Stack.isStack(construct));',
    cases: ['a fleet in a stage that is in a stack'],
  },
  {
    name: 'a stage that was missed is not mentioned',
    file: 'on-demand-key-rotation-fleet.ts',
    fragment:
      '      ...(root === this.home ? this.missedStages().map((stage) => stageMissed(stage.node.path)) : []),\n',
    by: '',
    cases: ['a stage after the fleet'],
  },
  {
    name: 'a key that came too late is not mentioned',
    file: 'on-demand-key-rotation-fleet.ts',
    fragment: '      ...missedKeys.map((key) => keyMissed(key.node.path)),\n',
    by: '',
    cases: ['a key by an Aspect after the fleet, Aspects not stabilized'],
  },
  {
    name: 'a fleet without keys says nothing',
    file: 'on-demand-key-rotation-fleet.ts',
    fragment: 'faults.length === 0 && this.decided.isEmpty',
    by: 'faults.length < 0 && this.decided.isEmpty',
    cases: ['a fleet without keys'],
  },
  {
    name: 'a key is skipped in silence',
    file: 'fleet-rotations.ts',
    fragment: '    if (reason !== undefined) this.skip(stack, declaration.node.path, reason);\n',
    by: '',
    cases: ['overridden keys of a fleet'],
  },
  {
    name: 'what is excluded is rotated',
    file: 'fleet-rotations.ts',
    fragment: '    if (this.exclusions.coverKey(stack, key)) return `${name} is excluded.`;\n',
    by: '',
    cases: ['an excluded key'],
  },
  {
    name: 'what is excluded is not known by other names',
    file: 'fleet-exclusions.ts',
    fragment: '|| this.identities().has(identityOf(scope, key))',
    by: '|| (this.identities().size < 0 && scope === key.declaration)',
    cases: ['an excluded ARN'],
  },
  {
    name: 'two fleets rotate one key',
    file: 'fleet-rotations.ts',
    fragment: '    if (other) return `${name} is rotated by ${other.node.path}.`;\n',
    by: '    if (other === stack) return name;\n',
    cases: ['a key of a fleet with a rotation of its own'],
  },
  {
    name: 'a stack that takes no assets stops the fleet',
    file: 'fleet-rotations.ts',
    fragment: 'if (!(error instanceof ValidationError && error.sentence.code === STACK_WITHOUT_ASSETS)) throw error;',
    by: 'if (error instanceof ValidationError || STACK_WITHOUT_ASSETS) throw error;',
    cases: ['a stack that takes no assets'],
  },
  // What the rotations are
  {
    name: 'a key that becomes HMAC later on is rotated',
    file: 'synth-checks.ts',
    fragment: 'const ofKey = key.declaration && declarationFault(rotation, key.declaration);',
    by: 'const ofKey = key.declaration && declarationFault === undefined ? declarationFault(rotation, key.declaration) : undefined;',
    cases: ['a key that becomes HMAC after its rotation was declared'],
  },
  {
    name: 'the token is another one',
    file: 'on-demand-key-rotation.ts',
    fragment: 'RotationToken: this.rotationToken,',
    by: 'RotationToken: this.rotationToken.toUpperCase(),',
    cases: ['one key'],
  },
  {
    name: 'the provider that was given is not taken',
    file: 'on-demand-key-rotation.ts',
    fragment: 'OnDemandKeyRotationProvider._given(this, props.provider) ?? ',
    by: '',
    cases: ['a provider shared between stacks'],
  },
  {
    name: 'the condition of a key is left behind',
    file: 'on-demand-key-rotation.ts',
    fragment: '    takeOverCondition(resource, key);\n',
    by: '',
    cases: ['a key under a condition by itself'],
  },
  {
    name: "a key under a condition of another stack's is rotated",
    file: 'rotatable-key.ts',
    fragment: 'return conditionalKey(path, key.condition, stack.node.path);',
    by: 'return conditionalKey === undefined ? reason : undefined;',
    cases: ['a key under a condition of another stack'],
  },
  {
    name: 'a key in a nested stack under a condition is rotated from outside',
    file: 'rotatable-key.ts',
    fragment: 'return nested && keyInConditionalStack(path, nested.path, nested.condition);',
    by: 'return keyInConditionalStack === undefined ? nested : undefined;',
    cases: ['a key of a nested stack under a condition'],
  },
  {
    name: 'an attribute that changes is exported',
    file: 'on-demand-key-rotation.ts',
    fragment: '    refuseChangingExports(this, resource);\n',
    by: '',
    cases: ['an attribute that another stack reads'],
  },
  {
    name: 'refusals name nobody',
    file: 'validation-error.ts',
    fragment: 'what: `${pathOf(construct)}: ${sentence.what}`',
    by: 'what: construct.node.path === "" ? "" : sentence.what',
    cases: ['a text as key'],
  },
  // What they are allowed
  {
    name: 'a rotation does not wait for its permissions',
    file: 'on-demand-key-rotation.ts',
    fragment: 'rotation.node.addDependency(...prerequisites);',
    by: 'if (prerequisites.length === 0) throw new Error();',
    cases: ['one key'],
  },
  {
    name: 'a rotation waits for the first policy only',
    file: 'provider-permissions.ts',
    fragment: 'return [this.first, this.policyFor(key)];',
    by: 'this.policyFor(key);\n    return [this.first];',
    cases: ['many keys'],
  },
  {
    name: "no permission for the ledger in the key's Region",
    file: 'provider-permissions.ts',
    fragment: 'if (key.region !== this.home.region) this.ledger',
    by: "if (key.region === '') this.ledger",
    cases: ['a key of another Region'],
  },
  {
    name: "the policies of all stacks are in the provider's",
    file: 'provider-permissions.ts',
    fragment: 'if (this.takesPolicies) return this.policies(stack).allow(key);',
    by: 'if (this.takesPolicies) return this.policies(this.home ?? stack).allow(key);',
    cases: ['a provider shared between stacks', 'a provider shared with a nested stack, both ways'],
  },
  {
    name: 'a policy names a key that may not exist',
    file: 'provider-permissions.ts',
    fragment: 'keys.addResources(arnWhereItExists(key));',
    by: 'keys.addResources(key.arn);',
    cases: ['a key under a condition by itself'],
  },
  {
    name: 'twice as many keys to a policy',
    file: 'provider-permissions.ts',
    fragment: 'KEYS_PER_POLICY = 50',
    by: 'KEYS_PER_POLICY = 100',
    cases: ['many keys'],
  },
  {
    name: 'an immutable role is written to',
    file: 'provider-permissions.ts',
    fragment: 'return !DROPS_POLICIES.includes(id);',
    by: 'return !DROPS_POLICIES.includes(`-${id}`);',
    cases: ['an immutable role'],
  },
  {
    name: 'no permission to make network interfaces',
    file: 'provider-policy.ts',
    fragment: "      'ec2:CreateNetworkInterface',\n",
    by: '',
    cases: ['a provider that an injector puts into a VPC'],
  },
  {
    name: 'the function does not wait for what Lambda wants to see',
    file: 'provider-permissions.ts',
    fragment: '    of.node.addDependency(this.functionPolicy);\n',
    by: '',
    cases: ['a provider in a VPC'],
  },
];
