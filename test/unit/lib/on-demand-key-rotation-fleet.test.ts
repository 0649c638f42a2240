import {
  App,
  Aspects,
  CfnParameter,
  CfnResource,
  Duration,
  Fn,
  NestedStack,
  PropertyInjectors,
  Stack,
  Stage,
  Tags,
  type IAspect,
  aws_events_targets as targets,
  aws_apigateway as apigateway,
  aws_iam as iam,
  aws_kms as kms,
  aws_s3 as s3,
  aws_servicecatalog as servicecatalog,
  aws_sns as sns,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Construct, type IConstruct } from 'constructs';
import { OnDemandKeyRotation, OnDemandKeyRotationFleet, OnDemandKeyRotationProvider } from '../../../lib';
import { type Json, cycleIn, policies, policySize, prerequisitesOf, resources } from './template';

const ROTATION = 'Custom::OnDemandKeyRotation';
const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'kms:*', Resource: '*' }],
};
/** The longest possible ARN of a key. */
const LONGEST_ARN = 'arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef12345678990ab';
const STABILIZED = '@aws-cdk/core:aspectStabilization';

// Stabilized Aspects visit the tree repeatedly, others once: a fleet must not depend on that.
describe.each([true, false])('with aspectStabilization %p', (stabilized) => {
  const newApp = () => new App({ context: { [STABILIZED]: stabilized } });

  test('every eligible key of a stack is rotated, whether it is declared before the fleet or after', () => {
    const app = newApp();
    const stack = new Stack(app, 'Stack');
    const before = new kms.Key(stack, 'Before');
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first' });
    new kms.CfnKey(stack, 'After', { keyPolicy: KEY_POLICY });
    const ofBucket = new s3.Bucket(stack, 'Bucket', { encryption: s3.BucketEncryption.KMS }).encryptionKey;
    const elsewhere = new Stack(app, 'Elsewhere');
    new kms.Key(elsewhere, 'Key');

    expect(rotatedIn(stack)).toEqual([logicalId(stack, before), logicalId(stack, ofBucket), 'After'].sort());
    Template.fromStack(elsewhere).resourceCountIs(ROTATION, 0);
  });

  test('a fleet in an app reaches all its stacks, with one function each', () => {
    const app = newApp();
    const stage = new Stage(app, 'Stage');
    const stacks = [
      new Stack(app, 'One'),
      new Stack(app, 'Two'),
      new Stack(stage, 'InStage'),
      new Stack(new Construct(app, 'Group'), 'InGroup'),
    ];
    stacks.forEach((stack) => new kms.Key(stack, 'Key'));
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first' });

    for (const stack of stacks) {
      expect(rotatedIn(stack)).toHaveLength(1);
      Template.fromStack(stack).resourceCountIs('AWS::Lambda::Function', 1);
    }
  });

  test('a fleet in a stage leaves other stages alone', () => {
    const app = newApp();
    const [stage, other] = [new Stage(app, 'Stage'), new Stage(app, 'Other')];
    const [stack, otherStack] = [new Stack(stage, 'Stack'), new Stack(other, 'Stack')];
    new OnDemandKeyRotationFleet(stage, 'Fleet', { rotationToken: 'first' });
    new kms.Key(stack, 'Key');
    new kms.Key(otherStack, 'Key');

    expect(rotatedIn(stack)).toHaveLength(1);
    expect(rotatedIn(otherStack)).toHaveLength(0);
  });

  test('a nested stack rotates its own keys', () => {
    const stack = new Stack(newApp(), 'Stack');
    const nested = new NestedStack(stack, 'Nested');
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first' });
    new kms.Key(nested, 'Inner');
    new kms.Key(stack, 'Outer');

    for (const each of [stack, nested]) {
      expect(rotatedIn(each)).toHaveLength(1);
      expect(cycleIn(Template.fromStack(each).toJSON())).toBeUndefined();
    }
  });

  test('a fleet in a construct reaches the keys in it, and no others of its stack', () => {
    const stack = new Stack(newApp(), 'Stack');
    const part = new Construct(stack, 'Part');
    new OnDemandKeyRotationFleet(part, 'Fleet', { rotationToken: 'first' });
    const inside = new kms.Key(part, 'Key');
    new kms.Key(stack, 'Key');

    expect(rotatedIn(stack)).toEqual([logicalId(stack, inside)]);
  });

  test('other Aspects see what the fleet adds', () => {
    const app = newApp();
    const stack = new Stack(app, 'Stack');
    new kms.Key(stack, 'Key');
    const seen = new Set<string>();
    const watch: IAspect = {
      visit: (construct: IConstruct) => {
        if (construct instanceof CfnResource) seen.add(construct.cfnResourceType);
      },
    };
    Aspects.of(app).add(watch);
    Tags.of(app).add('team', 'security');
    iam.PermissionsBoundary.of(app).apply(iam.ManagedPolicy.fromAwsManagedPolicyName('Boundary'));
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first' });

    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::Lambda::Function', {
      Tags: Match.arrayWith([{ Key: 'team', Value: 'security' }]),
    });
    template.hasResourceProperties('AWS::IAM::Role', { PermissionsBoundary: Match.anyValue() });
    expect([...seen]).toContain(ROTATION);
  });

  test('a key that another Aspect adds is rotated too', () => {
    const app = newApp();
    const stack = new Stack(app, 'Stack');
    const part = new Construct(stack, 'Part');
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first' });
    Aspects.of(part).add({
      visit: (construct) => {
        if (construct === part) new kms.Key(part, 'Key');
      },
    });

    expect(rotatedIn(stack)).toHaveLength(1);
  });

  test('a stage that the fleet cannot reach stops synthesis, unless it is excluded', () => {
    const app = newApp();
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first' });
    new kms.Key(new Stack(new Stage(app, 'Late'), 'Stack'), 'Key');

    expect(() => app.synth()).toThrow(
      'Fleet: stage Late was declared after this fleet, or synthesized before it, so none of its keys would be rotated.',
    );
  });
});

test('a fleet reaches more stacks than the hundred visits of stabilized Aspects', () => {
  const app = new App({ context: { [STABILIZED]: true } });
  const stacks = Array.from({ length: 105 }, (_, i) => new Stack(app, `Stack${i}`));
  stacks.forEach((stack) => new kms.CfnKey(stack, 'Key', { keyPolicy: KEY_POLICY }));
  new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first' });

  expect(stacks.slice(-1).flatMap(rotatedIn)).toEqual(['Key']);
});

describe('what is rotated', () => {
  test('excluded keys are skipped, by any of their names', () => {
    const stack = newStack();
    const part = new Construct(stack, 'Part');
    new kms.Key(part, 'Key');
    const named = new kms.Key(stack, 'Named');
    const aliased = new kms.Key(stack, 'Aliased');
    const declaration = new kms.CfnKey(stack, 'Declaration', { keyPolicy: KEY_POLICY });
    const other = new kms.Key(stack, 'Other');
    new OnDemandKeyRotationFleet(stack, 'Fleet', {
      rotationToken: 'first',
      exclude: [part, named, aliased.addAlias('aliased'), kms.Key.fromKeyArn(stack, 'Found', declaration.attrArn)],
    });

    expect(rotatedIn(stack)).toEqual([logicalId(stack, other)]);
  });

  test('keys that would fail the whole deployment are skipped', () => {
    const stack = newStack();
    new kms.Key(stack, 'Hmac', { keySpec: kms.KeySpec.HMAC_256, keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC });
    new kms.Key(stack, 'Disabled', { enabled: false });
    new kms.CfnKey(stack, 'Imported', { keyPolicy: KEY_POLICY, origin: 'EXTERNAL' });
    new kms.CfnReplicaKey(stack, 'Replica', { keyPolicy: KEY_POLICY, primaryKeyArn: arn(7) });
    kms.Key.fromKeyArn(stack, 'Foreign', arn(8));
    new OnDemandKeyRotation(stack, 'Own', {
      key: new kms.Key(stack, 'Single'),
      rotationToken: 'of its own',
      rotateOnCreate: true,
    });
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first' });

    expect(reports(stack)).toEqual([
      expect.stringMatching(
        new RegExp(`^Stack/Fleet rotates 0 keys of this stack with the token "first"\nand skips 6 keys:
- key Stack/Hmac/Resource has the key spec HMAC_256; .*
- key Stack/Disabled/Resource is disabled, .*
- key Stack/Imported has imported key material, .*
- key Stack/Replica is a replica of a multi-Region key; .*
- key Stack/Foreign is imported; .*
- key Stack/Single/Resource is rotated by Stack/Own.$`),
      ),
    ]);
    Template.fromStack(stack).resourceCountIs(ROTATION, 1);
  });

  test('of two fleets that cover a key, one rotates it, and the other says so', () => {
    const stack = newStack();
    const part = new Construct(stack, 'Part');
    new kms.Key(part, 'Key');
    new OnDemandKeyRotationFleet(part, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'second', rotateOnCreate: true });

    Template.fromStack(stack).resourceCountIs(ROTATION, 1);
    expect(reports(stack)).toEqual([
      'Stack/Part/Fleet rotates 1 key of this stack with the token "first": Stack/Part/Key/Resource',
      'Stack/Fleet rotates 0 keys of this stack with the token "second"\nand skips 1 key:\n' +
        '- key Stack/Part/Key/Resource is rotated by Stack/OnDemandKeyRotations/PartKey574B2D7A.',
    ]);
  });

  test('the resources stay the same when the fleet moves from a stack to the app', () => {
    const templates = [false, true].map((inApp) => {
      const app = new App();
      const stack = newStack(app);
      new kms.Key(stack, 'Key');
      new OnDemandKeyRotationFleet(inApp ? app : stack, 'Fleet', { rotationToken: 'first' });
      return Template.fromStack(stack).toJSON();
    });
    expect(templates[1]).toEqual(templates[0]);
  });

  test('the properties reach every rotation', () => {
    const stack = newStack();
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider');
    new kms.Key(stack, 'Key');
    const token = new CfnParameter(stack, 'Token').valueAsString;
    new OnDemandKeyRotationFleet(stack, 'Fleet', {
      rotationToken: token,
      rotateOnCreate: false,
      completionTimeout: Duration.minutes(12),
      reservedRotations: 3,
      provider,
      keyArns: [arn(1), arn(2), arn(1)],
    });
    const template = Template.fromStack(stack);
    template.resourceCountIs(ROTATION, 3);
    template.allResourcesProperties(ROTATION, {
      RotationToken: { Ref: 'Token' },
      RotateOnCreate: 'false',
      CompletionTimeout: '720',
      ReservedRotations: '3',
    });
    template.resourceCountIs('AWS::Lambda::Function', 1);
    expect(reports(stack)).toEqual([
      `Stack/Fleet rotates 3 keys of this stack with a token that is known at deployment: ${arn(1)}, ${arn(2)}, Stack/Key/Resource\n` +
        '(but records the token, and rotates nothing, if it is the first of a key: rotateOnCreate is false)',
    ]);
  });

  test('a rotation has thirteen minutes by default', () => {
    const stack = newStack();
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', keyArns: [arn(1)] });
    Template.fromStack(stack).hasResourceProperties(ROTATION, {
      CompletionTimeout: '780',
      RotateOnCreate: 'true',
      ReservedRotations: '5',
    });
  });
});

describe('messages', () => {
  test('the first rotation raises a warning for each stack, not for each key', () => {
    const stack = newStack();
    for (let i = 0; i < 5; i++) new kms.Key(stack, `Key${i}`);
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first' });

    const warnings = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
    expect(warnings.map(({ entry }) => entry.data)).toEqual([
      '5 keys of Stack declared in this app: the first deployment of their rotations by Stack/Fleet uses up one of the on-demand rotations of each.' +
        ' Say rotateOnCreate: true if that is meant, or false to record the first token without rotating.' +
        ' [ack: cdk-on-demand-key-rotation:rotateOnCreateUnset]',
    ]);
  });

  test.each([
    ['no token', { rotationToken: '' }, 'Stack/Fleet: rotationToken "" is empty'],
    [
      'a timeout out of range',
      { rotationToken: 'first', completionTimeout: Duration.minutes(14) },
      'Stack/Fleet: completionTimeout is 840 seconds',
    ],
    [
      'a reserve out of range',
      { rotationToken: 'first', reservedRotations: 26 },
      'Stack/Fleet: reservedRotations is 26',
    ],
    [
      'an ARN that is known at deployment',
      { rotationToken: 'first', keyArns: [Fn.importValue('Key')] },
      'Stack/Fleet: keyArns[0] is not known at synth',
    ],
    [
      'the ARN of an alias',
      { rotationToken: 'first', keyArns: [arn(1).replace('key/', 'alias/')] },
      'keyArns[0] is "arn:',
    ],
  ])('%s is refused, even if there is no key', (_, props, message) => {
    expect(() => new OnDemandKeyRotationFleet(newStack(), 'Fleet', props)).toThrow(message);
  });

  test('ARNs without a stack are refused', () => {
    expect(
      () => new OnDemandKeyRotationFleet(new App(), 'Fleet', { rotationToken: 'first', keyArns: [arn(1)] }),
    ).toThrow(
      'Fleet: keyArns and namedKeyArns are rotated by the stack of the fleet, and this fleet is not in a stack.',
    );
  });

  test('a stage that has been synthesized already can be excluded', () => {
    const app = new App();
    const stage = new Stage(app, 'Early');
    new kms.Key(new Stack(stage, 'Stack'), 'Key');
    stage.synth();
    new kms.Key(newStack(app), 'Key');
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first', exclude: [stage] });
    expect(() => app.synth()).not.toThrow();
  });
});

describe('the fleet as a construct', () => {
  test('lists what it rotates and what it skips, once the app is synthesized', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    const excluded = new kms.Key(stack, 'Excluded');
    const fleet = new OnDemandKeyRotationFleet(stack, 'Fleet', {
      rotationToken: 'first',
      exclude: [excluded],
      keyArns: [arn(1)],
    });
    expect(fleet.rotatedKeys).toEqual([]);
    Template.fromStack(stack);

    expect(fleet.rotatedKeys).toEqual([arn(1), 'Stack/Key/Resource']);
    expect(fleet.rotations.map((rotation) => stack.resolve(rotation.key.keyArn) as unknown)).toEqual([
      arn(1),
      stack.resolve(key.keyArn),
    ]);
    expect(fleet.skippedKeys).toEqual([
      { key: 'Stack/Excluded/Resource', reason: 'key Stack/Excluded/Resource is excluded.' },
    ]);
  });

  test('makes its dependents wait for all its rotations, including those found at synthesis', () => {
    const stack = newStack();
    const fleet = new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', keyArns: [arn(1)] });
    new kms.Key(stack, 'Key');
    new CfnResource(stack, 'Later', { type: 'Custom::Later' }).node.addDependency(fleet);

    const template = Template.fromStack(stack);
    expect(prerequisitesOf(template.toJSON(), 'Later').filter((type) => type === ROTATION)).toHaveLength(2);
  });

  test('is reached by property injectors, as are the rotations in it', () => {
    const app = new App();
    PropertyInjectors.of(app).add(
      {
        constructUniqueId: OnDemandKeyRotationFleet.PROPERTY_INJECTION_ID,
        inject: (props: object) => ({ ...props, rotateOnCreate: false }),
      },
      {
        constructUniqueId: OnDemandKeyRotation.PROPERTY_INJECTION_ID,
        inject: (props: object) => ({ ...props, reservedRotations: 9 }),
      },
    );
    const stack = newStack(app);
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', keyArns: [arn(1)] });

    Template.fromStack(stack).hasResourceProperties(ROTATION, { RotateOnCreate: 'false', ReservedRotations: '9' });
  });
});

describe('the providers of a fleet', () => {
  test('are created with its providerProps, one for each stack', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map((id) => new Stack(app, id));
    stacks.forEach((stack) => {
      new kms.Key(stack, 'Key');
      new kms.Key(stack, 'Other');
    });
    new OnDemandKeyRotationFleet(app, 'Fleet', {
      rotationToken: 'first',
      providerProps: { reservedConcurrentExecutions: 4 },
    });

    for (const stack of stacks) {
      const template = Template.fromStack(stack);
      template.resourcePropertiesCountIs('AWS::Lambda::Function', { ReservedConcurrentExecutions: 4 }, 1);
      expect(Object.keys(template.findResources('AWS::Lambda::Function'))).toEqual([
        'OnDemandKeyRotationProviderFunction3423B147',
      ]);
    }
  });

  test('cannot be created if a rotation has created one without these props', () => {
    const stack = newStack();
    new OnDemandKeyRotation(stack, 'Own', { key: kms.Key.fromKeyArn(stack, 'Key', arn(1)), rotationToken: 'x' });
    new kms.Key(stack, 'Other');
    new OnDemandKeyRotationFleet(stack, 'Fleet', {
      rotationToken: 'first',
      providerProps: { reservedConcurrentExecutions: 4 },
    });

    expect(() => Template.fromStack(stack)).toThrow(
      "Stack/Fleet: the stack's provider, Stack/OnDemandKeyRotationProvider, was created before without the reservedConcurrentExecutions",
    );
  });

  test('are either created or given', () => {
    const stack = newStack();
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider');
    expect(
      () => new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', provider, providerProps: {} }),
    ).toThrow('Stack/Fleet: both provider and providerProps are given; allowed is one of them.');
  });
});

describe('the event that a key of the fleet has been rotated', () => {
  test('reaches the target from every stack, in rules of twenty keys', () => {
    const app = new App();
    const [stack, other] = [newStack(app), new Stack(app, 'Other')];
    const fleet = new OnDemandKeyRotationFleet(stack, 'Fleet', {
      rotationToken: 'first',
      keyArns: Array.from({ length: 20 }, (_, n) => arn(n)),
    });
    fleet.onKeyRotated('Rotated', { target: new targets.SnsTopic(new sns.Topic(stack, 'Topic')) });
    const key = new kms.Key(stack, 'Key');
    new kms.Key(other, 'Key');

    const template = Template.fromStack(stack);
    const patterns = resources(template, 'AWS::Events::Rule').map(
      ({ Properties }) => (Properties as { EventPattern: Json }).EventPattern,
    );
    expect(patterns).toEqual([
      {
        source: ['aws.kms'],
        'detail-type': ['KMS CMK Rotation'],
        resources: Array.from({ length: 20 }, (_, n) => arn(n)),
      },
      { source: ['aws.kms'], 'detail-type': ['KMS CMK Rotation'], resources: [stack.resolve(key.keyArn)] },
    ]);
    template.allResourcesProperties('AWS::Events::Rule', {
      Targets: [Match.objectLike({ Arn: { Ref: 'TopicBFC7AF6E' } })],
    });
    Template.fromStack(other).resourceCountIs('AWS::Events::Rule', 0);
    const longest = JSON.stringify(patterns[0]).replaceAll(/"arn:[^"]*"/g, JSON.stringify(LONGEST_ARN));
    expect(longest.length).toBeGreaterThan(1800);
    expect(longest.length).toBeLessThanOrEqual(2048);
  });

  test('is for every stack of an app', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map((id) => new Stack(app, id));
    stacks.forEach((stack) => new kms.Key(stack, 'Key'));
    const topic = new sns.Topic(new Stack(app, 'Alarms'), 'Topic');
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first' }).onKeyRotated('Rotated', {
      target: new targets.SnsTopic(topic),
    });
    for (const stack of stacks) Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 1);
  });

  test('may reach a target that waits for the fleet', () => {
    const stack = newStack();
    const fleet = new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first' });
    const topic = new sns.Topic(stack, 'Topic');
    new kms.Key(stack, 'Key');
    fleet.onKeyRotated('Rotated', { target: new targets.SnsTopic(topic) });
    topic.node.addDependency(fleet);

    const template = Template.fromStack(stack);
    template.hasResource('AWS::SNS::Topic', { DependsOn: Match.anyValue() });
    expect(cycleIn(template.toJSON())).toBeUndefined();
  });

  test.each([
    ['no target', {}, 'Stack/Fleet: onKeyRotated has no target; allowed is one that every rule of the fleet sends to.'],
    [
      'a name',
      { ruleName: 'mine', target: { bind: () => ({ arn: arn(1) }) } },
      'Stack/Fleet: onKeyRotated has the ruleName mine; allowed is none, because a fleet makes several rules.',
    ],
  ])('is refused with %s', (_, options, message) => {
    const fleet = new OnDemandKeyRotationFleet(newStack(), 'Fleet', { rotationToken: 'first' });
    expect(() => {
      fleet.onKeyRotated('Rotated', options);
    }).toThrow(message);
  });

  test('is refused for a key in another Region, with a sentence that names fleet and key', () => {
    const foreign = arn(1).replace('eu-central-1', 'us-east-1');
    const stack = newStack();
    const fleet = new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', keyArns: [foreign] });
    fleet.onKeyRotated('Rotated', { target: { bind: () => ({ arn: arn(1) }) } });
    expect(() => Template.fromStack(stack)).toThrow(
      `[EventRegion] NOT ROTATED. Stack/Fleet: for key ${foreign}, the key is in us-east-1, and this rotation is in eu-central-1, where no event`,
    );
  });
});

describe('a full stack', () => {
  const rotations = (keys: number) => {
    const stack = newStack();
    for (let i = 0; i < keys; i++) new kms.Key(stack, `Key${i}`);
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'x'.repeat(256), rotateOnCreate: true });
    return stack;
  };
  const imported = (keys: number) => {
    const stack = newStack();
    new OnDemandKeyRotationFleet(stack, 'Fleet', {
      rotationToken: 'x'.repeat(256),
      keyArns: Array.from({ length: keys }, (_, i) => arn(i)),
    });
    return stack;
  };

  test.each([
    ['480 keys by their ARNs', imported(480), 480, 480],
    ['240 keys of its own', rotations(240), 240, 480],
  ])('%s', (_, stack, keys, ownAndRotations) => {
    const template = Template.fromStack(stack);
    template.resourceCountIs(ROTATION, keys);
    template.resourceCountIs('AWS::Lambda::Function', 1);
    expect(resources(template).length).toBeLessThanOrEqual(ownAndRotations + 20);
    expect(resources(template).length).toBeLessThan(500);
    expect(JSON.stringify(template.toJSON(), undefined, 1).length).toBeLessThan(1024 * 1024);
    expect(policies(template).length).toBeLessThanOrEqual(10);
    expect(Math.max(...policies(template).map((policy) => policySize(withKeyArns(policy))))).toBeLessThanOrEqual(6144);
    expect(cycleIn(template.toJSON())).toBeUndefined();
  });

  test('each key adds the same number of constructs', () => {
    const size = (keys: number) => {
      const stack = imported(keys);
      return stack.node.findAll().length;
    };
    // Within each difference, the number of policies is the same.
    expect(size(149) - size(148)).toBe(size(12) - size(11));
  });
});

describe('an Aspect that comes after the fleet', () => {
  /** Acts once, at the first construct visited in a scope. */
  function onceIn(scope: Construct, act: () => void, priority?: number): void {
    let done = false;
    const visit = () => {
      if (!done) act();
      done = true;
    };
    Aspects.of(scope).add({ visit }, { priority });
  }

  test('and adds a key where the fleet has already looked stops synthesis, unless Aspects are stabilized', () => {
    const [stopped, found] = [false, true].map((stabilized) => {
      const app = new App({ context: { [STABILIZED]: stabilized } });
      const [one, two] = ['One', 'Two'].map((id) => newStack(app, id)) as [Stack, Stack];
      [one, two].forEach((stack) => new kms.Key(stack, 'Key'));
      new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
      onceIn(two, () => new kms.Key(one, 'Late'));
      return { app, one };
    });

    expect(() => stopped?.app.synth()).toThrow(
      '[FleetKey] NOT ROTATED. Fleet: key One/Late/Resource was declared by an Aspect after the fleet had looked for keys in its stack,',
    );
    expect(found && rotatedIn(found.one)).toHaveLength(2);
  });

  test('and adds a key that is excluded, or cannot be rotated, is reported', () => {
    const app = new App();
    const [one, two] = ['One', 'Two'].map((id) => newStack(app, id)) as [Stack, Stack];
    [one, two].forEach((stack) => new kms.Key(stack, 'Key'));
    const part = new Construct(one, 'Part');
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first', rotateOnCreate: true, exclude: [part] });
    onceIn(two, () => {
      new kms.Key(part, 'Excluded');
      new kms.CfnKey(one, 'Hmac', { keySpec: 'HMAC_256', keyUsage: 'GENERATE_VERIFY_MAC' });
    });
    expect(reports(one)).toEqual([
      expect.stringMatching(
        /rotates 1 key .*\nand skips 2 keys:\n- key One\/Part\/Excluded\/Resource is excluded\.\n- key One\/Hmac has the key spec/,
      ),
    ]);
  });

  test.each([
    ['disables a key', {}, { enabled: false }, 'to rotate it. Now key Stack/Key/Resource is disabled,'],
    [
      'enables a key',
      { enabled: false },
      { enabled: true },
      'to skip it. Its reason no longer holds: key Stack/Key/Resource is disabled,',
    ],
    [
      'changes the reason to skip a key',
      { enabled: false },
      { enabled: true, origin: 'EXTERNAL' },
      'to skip it. Its reason no longer holds: key Stack/Key/Resource is disabled,',
    ],
  ])('and %s stops synthesis, because the fleet would have decided otherwise', (_, before, after, sentence) => {
    const stack = newStack();
    new kms.Key(stack, 'Plain');
    const key = new kms.Key(stack, 'Key', before);
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
    onceIn(key, () => Object.assign(key.node.defaultChild as kms.CfnKey, after));
    expect(() => Template.fromStack(stack)).toThrow(
      `[FleetKey] NOT ROTATED. Stack/Fleet: key Stack/Key/Resource was changed by an Aspect after the fleet had decided ${sentence}`,
    );
  });
});

describe('stages and stacks', () => {
  test('a stage without keys may be declared after the fleet', () => {
    const app = new App();
    new kms.Key(newStack(app), 'Key');
    new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
    new CfnResource(new Stack(new Stage(app, 'Late'), 'Stack'), 'Topic', { type: 'AWS::SNS::Topic' });
    expect(() => app.synth()).not.toThrow();
  });

  test('the keys of a stage in a stack are rotated in the stage', () => {
    const stack = newStack();
    new kms.Key(stack, 'Key');
    const inStage = new Stack(new Stage(stack, 'Stage'), 'InStage');
    new kms.Key(inStage, 'Key');
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
    [stack, inStage].forEach((each) => {
      expect(rotatedIn(each)).toHaveLength(1);
    });
  });

  test("a fleet's parameter is refused as the token of a stage, with a sentence that names fleet and key", () => {
    const stack = newStack();
    new kms.Key(new Stack(new Stage(stack, 'Stage'), 'InStage'), 'Key');
    const rotationToken = new CfnParameter(stack, 'Token').valueAsString;
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken, rotateOnCreate: true });
    expect(() => Template.fromStack(stack)).toThrow(
      '[RotationToken] NOT ROTATED. Stack/Fleet: for key Stack/Stage/InStage/Key/Resource, rotationToken refers to Stack/Token in the app;',
    );
  });

  test.each([
    ['has no provider', {}, undefined, 'rotates 0 keys', 'has no provider:'],
    ['is disabled', { enabled: false }, undefined, 'rotates 0 keys', 'is disabled,'],
    ['is disabled, beside one that is rotated', { enabled: false }, 'assets', 'rotates 1 key', 'is disabled,'],
  ])(
    'the report on a stack that is only an asset is in the stack around it: a key %s',
    (_, props, bucket, rotates, reason) => {
      const stack = newStack();
      class Product extends servicecatalog.ProductStack {
        public readonly key = new kms.Key(this, 'Key', props);
      }
      const assetBucket = bucket === undefined ? undefined : s3.Bucket.fromBucketName(stack, 'Assets', bucket);
      const product = new Product(stack, 'Product', { assetBucket });
      if (assetBucket) new kms.Key(product, 'Other');
      servicecatalog.CloudFormationTemplate.fromProductStack(product).bind(stack);
      new kms.Key(stack, 'Key');
      new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
      expect(reports(stack)).toContainEqual(
        expect.stringMatching(
          `^Stack/Fleet ${rotates} of Stack/Product with .*\nand skips 1 key:\n- key Stack/Product/Key/Resource ${reason}`,
        ),
      );
    },
  );

  test('a fleet ignores keys of other services', () => {
    const stack = newStack();
    new kms.Key(stack, 'Key');
    new apigateway.ApiKey(stack, 'ApiKey');
    new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'first', rotateOnCreate: true });
    expect(reports(stack)).toEqual([expect.not.stringContaining('ApiKey')]);
  });
});

function newStack(app = new App(), id = 'Stack'): Stack {
  return new Stack(app, id, { env: { account: '123456789012', region: 'eu-central-1' } });
}

function arn(n: number): string {
  return `arn:aws:kms:eu-central-1:123456789012:key/${String(n).padStart(8, '0')}-12ab-34cd-56ef-1234567890ab`;
}

function withKeyArns(policy: Json): Json {
  return JSON.parse(
    JSON.stringify(policy).replaceAll(/\{"Fn::GetAtt":\["Key\w+","Arn"\]\}/g, JSON.stringify(LONGEST_ARN)),
  ) as Json;
}

function reports(stack: Stack): unknown[] {
  return Annotations.fromStack(stack)
    .findInfo('*', Match.anyValue())
    .map(({ entry }) => JSON.stringify(entry.data))
    .map((data) => (JSON.parse(data) as string).replace(/ \[ack: .*\]$/, ''));
}

function rotatedIn(stack: Stack): string[] {
  return resources(Template.fromStack(stack), ROTATION)
    .map((resource) => {
      const { KeyArn } = resource.Properties as { KeyArn: { 'Fn::GetAtt'?: [string] } | string };
      return typeof KeyArn === 'string' ? KeyArn : String(KeyArn['Fn::GetAtt']?.[0]);
    })
    .sort();
}

function logicalId(stack: Stack, key?: kms.IKey): string {
  return stack.getLogicalId(key?.node.defaultChild as kms.CfnKey);
}
