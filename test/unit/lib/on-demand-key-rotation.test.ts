import {
  App,
  CfnOutput,
  CfnParameter,
  CfnResource,
  Duration,
  PropertyInjectors,
  Stack,
  type StackProps,
  Tokenization,
  aws_events_targets as targets,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_sns as sns,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from '../../../lib';
import { cycleIn } from './template';

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const MATERIAL_ID = '0123456789abcdef'.repeat(4);
const TYPE = 'Custom::OnDemandKeyRotation';

function stackOf(app = new App(), id = 'Stack', props?: StackProps): Stack {
  return new Stack(app, id, props);
}

describe('the custom resource', () => {
  test('says what to rotate, with the defaults', () => {
    const stack = stackOf();
    const key = new kms.Key(stack, 'Key');
    new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'incident-4711' });

    const template = Template.fromStack(stack);
    template.hasResource(TYPE, {
      Properties: {
        ServiceToken: { 'Fn::GetAtt': [Match.stringLikeRegexp('^OnDemandKeyRotationProviderFunction'), 'Arn'] },
        KeyArn: stack.resolve(key.keyArn) as unknown,
        RotationToken: 'incident-4711',
        RotateOnCreate: 'true',
        CompletionTimeout: '600',
        ReservedRotations: '5',
      },
      DeletionPolicy: 'Delete',
    });
    expect(Object.keys(Object.values(template.findResources(TYPE))[0]?.Properties as object)).toHaveLength(6);
  });

  test("says what to rotate, with the user's props", () => {
    const stack = stackOf();
    new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      rotationToken: 'x',
      rotateOnCreate: false,
      completionTimeout: Duration.minutes(13),
      reservedRotations: 0,
    });

    Template.fromStack(stack).hasResourceProperties(TYPE, {
      KeyArn: KEY_ARN,
      RotateOnCreate: 'false',
      CompletionTimeout: '780',
      ReservedRotations: '0',
    });
  });

  test.each([
    ['of a key that is imported', (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', KEY_ARN)],
    [
      'of a key that has imported material',
      (stack: Stack) => {
        const key = new kms.Key(stack, 'Key');
        (key.node.defaultChild as kms.CfnKey).origin = 'EXTERNAL';
        return key;
      },
    ],
  ])('says to which material to rotate, %s', (_, key) => {
    const stack = stackOf();
    new OnDemandKeyRotation(stack, 'Rotation', {
      key: key(stack),
      rotationToken: 'x',
      rotateOnCreate: true,
      expectedKeyMaterialId: MATERIAL_ID,
    });
    Template.fromStack(stack).hasResourceProperties(TYPE, { ExpectedKeyMaterialId: MATERIAL_ID });
  });

  test('has the key behind an alias', () => {
    const stack = stackOf();
    const key = kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
    const alias = kms.Alias.fromAliasAttributes(stack, 'Imported', { aliasName: 'alias/a', aliasTargetKey: key });
    const nested = kms.Alias.fromAliasAttributes(stack, 'Nested', { aliasName: 'alias/b', aliasTargetKey: alias });
    const own = new kms.Alias(stack, 'Own', { aliasName: 'alias/c', targetKey: key });
    [alias, nested, own, key.addAlias('alias/d')].forEach((given, n) => {
      new OnDemandKeyRotation(stack, `Rotation${n}`, { key: given, rotationToken: 'same' });
    });

    const template = Template.fromStack(stack);
    template.resourcePropertiesCountIs(TYPE, { KeyArn: KEY_ARN }, 4);
    template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['kms:RotateKeyOnDemand']), Resource: KEY_ARN }),
        ]),
      },
    });
  });

  test('keeps its logical ID, its type and that of its provider: deployed stacks hold them', () => {
    const stack = stackOf();
    new OnDemandKeyRotation(stack, 'Rotation', { key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN), rotationToken: 'x' });

    expect(Object.keys(Template.fromStack(stack).findResources(TYPE))).toEqual(['Rotation9515E0C5']);
    expect(Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Function'))).toEqual([
      'OnDemandKeyRotationProviderFunction3423B147',
    ]);
  });

  test('has attributes, one of them a number', () => {
    const stack = stackOf();
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      rotationToken: 'x',
    });
    const attribute = (name: string) => ({ 'Fn::GetAtt': ['Rotation9515E0C5', name] });

    const { outcome, keyArn, rotationDate, keyMaterialId, remainingRotations, tokenUsedAt, tokenUsedBy } = rotation;
    expect(
      stack.resolve([outcome, keyArn, rotationDate, keyMaterialId, remainingRotations, tokenUsedAt, tokenUsedBy]),
    ).toEqual(
      ['Outcome', 'KeyArn', 'RotationDate', 'KeyMaterialId', 'RemainingRotations', 'TokenUsedAt', 'TokenUsedBy'].map(
        attribute,
      ),
    );

    new CfnOutput(stack, 'Remaining', { value: Tokenization.stringifyNumber(rotation.remainingRotations) });
    Template.fromStack(stack).hasOutput('Remaining', { Value: attribute('RemainingRotations') });
  });

  test('is the default child, on which overrides work', () => {
    const stack = stackOf();
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      rotationToken: 'x',
    });
    (rotation.node.defaultChild as CfnResource).addPropertyOverride('RotationToken', 'overridden');

    Template.fromStack(stack).hasResourceProperties(TYPE, { RotationToken: 'overridden' });
  });

  test('is changed by property injectors', () => {
    const stack = stackOf();
    PropertyInjectors.of(stack).add({
      constructUniqueId: OnDemandKeyRotation.PROPERTY_INJECTION_ID,
      inject: (props: object) => ({ reservedRotations: 12, ...props }),
    });
    const key = kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
    new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'x' });

    Template.fromStack(stack).hasResourceProperties(TYPE, { ReservedRotations: '12' });
  });

  test('has its key, token and provider on the construct', () => {
    const stack = stackOf();
    const key = new kms.Key(stack, 'Key');
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider');
    const own = new OnDemandKeyRotation(stack, 'Own', { key, rotationToken: 'x', rotateOnCreate: true, provider });
    const other = new OnDemandKeyRotation(stack, 'Other', { key: key.addAlias('alias/a'), rotationToken: 'x' });

    expect(own).toMatchObject({ rotationToken: 'x' });
    expect(own.key).toBe(key);
    expect(own.provider).toBe(provider);
    expect(other.key).toBe(key);
    expect(other.provider).toBe(OnDemandKeyRotationProvider.getOrCreate(stack));
  });

  test('lets other resources wait for it', () => {
    const stack = stackOf();
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      rotationToken: 'x',
    });
    new CfnResource(stack, 'Later', { type: 'AWS::SNS::Topic' }).node.addDependency(rotation);

    Template.fromStack(stack).hasResource('AWS::SNS::Topic', { DependsOn: ['Rotation9515E0C5'] });
  });
});

describe('the event that the key has been rotated', () => {
  const env = { account: '111122223333', region: 'eu-central-1' };

  test('reaches a target, for this key alone', () => {
    const stack = stackOf(undefined, undefined, { env });
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      rotationToken: 'x',
    });
    const topic = new sns.Topic(stack, 'Topic');
    rotation.onKeyRotated('Tell', {
      target: new targets.SnsTopic(topic),
      description: 'Tells that the key has been rotated',
    });

    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Description: 'Tells that the key has been rotated',
      EventPattern: { source: ['aws.kms'], 'detail-type': ['KMS CMK Rotation'], resources: [KEY_ARN] },
      State: 'ENABLED',
      Targets: [{ Arn: { Ref: stack.getLogicalId(topic.node.defaultChild as CfnResource) }, Id: 'Target0' }],
    });
  });

  test('does not make the rule wait for the rotation', () => {
    const stack = stackOf();
    const key = new kms.Key(stack, 'Key');
    const rule = new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'x' }).onKeyRotated('Rotated');
    rule.addTarget(new targets.SnsTopic(new sns.Topic(stack, 'Topic')));

    const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::Events::Rule'));
    expect(resource).not.toHaveProperty('DependsOn');
    expect(resource?.Properties).toMatchObject({ EventPattern: { resources: [stack.resolve(key.keyArn)] } });
  });

  test('may reach a target that waits for the rotation', () => {
    const stack = stackOf(undefined, undefined, { env });
    const key = new kms.Key(stack, 'Key');
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'x' });
    const reEncrypt = new lambda.Function(stack, 'ReEncrypt', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => {}'),
    });
    rotation.onKeyRotated('Rotated', { target: new targets.LambdaFunction(reEncrypt) });
    reEncrypt.node.addDependency(rotation);

    const template = Template.fromStack(stack);
    expect(cycleIn(template.toJSON())).toBeUndefined();
    template.hasResource('AWS::Lambda::Function', {
      Properties: { Handler: 'index.handler', Runtime: 'nodejs22.x' },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^Rotation9515E0C5$')]),
    });
    template.resourceCountIs('AWS::Lambda::Permission', 1);
  });

  test('is refused for a key in another Region', () => {
    const stack = stackOf(undefined, undefined, { env: { ...env, region: 'us-east-1' } });
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', {
      key: kms.Key.fromKeyArn(stack, 'Key', KEY_ARN),
      rotationToken: 'x',
    });
    expect(() => rotation.onKeyRotated('Rotated')).toThrow(
      'Stack/Rotation: the key is in eu-central-1, and this rotation is in us-east-1, where no event of the key arrives; allowed is a key of' +
        " the stack's own Region. Declare the rotation, with the same token, in a stack of eu-central-1: that rotates nothing.",
    );
    expect(rotation.node.tryFindChild('Rotated')).toBeUndefined();
  });
});

describe('a warning', () => {
  test('says that the key is disabled', () => {
    const stack = stackOf();
    const key = new kms.Key(stack, 'Key', { enabled: false });
    new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'x', rotateOnCreate: true });

    expect(warningsOf(stack)).toEqual([
      expect.stringContaining(
        'key Stack/Key/Resource is disabled: KMS rotates it only while it is enabled, so a new token will fail.' +
          ' [ack: cdk-on-demand-key-rotation:keyDisabled]',
      ),
    ]);
  });

  test('asks whether the first deployment is meant to rotate a key declared in the app', () => {
    const stack = stackOf();
    new OnDemandKeyRotation(stack, 'Rotation', { key: new kms.Key(stack, 'Key'), rotationToken: 'x' });

    expect(warningsOf(stack)).toEqual([
      expect.stringMatching(
        /^key Stack\/Key\/Resource is declared in this app.* \[ack: cdk-on-demand-key-rotation:rotateOnCreateUnset\]/,
      ),
    ]);
  });

  test('reports two rotations of one key with different tokens, in whichever stacks', () => {
    const app = new App();
    const [one, other] = [stackOf(app, 'One'), stackOf(app, 'Other')];
    new OnDemandKeyRotation(one, 'Rotation', { key: kms.Key.fromKeyArn(one, 'Key', KEY_ARN), rotationToken: 'x' });
    new OnDemandKeyRotation(other, 'Rotation', { key: kms.Key.fromKeyArn(other, 'Key', KEY_ARN), rotationToken: 'y' });

    expect(warningsOf(one)).toEqual([]);
    expect(warningsOf(other)).toEqual([
      expect.stringContaining(
        'the key is rotated with the token "y" here and with "x" elsewhere in this app: that is two rotations of one key.' +
          ' [ack: cdk-on-demand-key-rotation:severalTokensForKey]',
      ),
    ]);
  });

  test('reports them even if one has the key as an L2 and the other as its L1', () => {
    const stack = stackOf();
    const key = new kms.Key(stack, 'Key');
    const l1 = kms.Key.fromKeyArn(stack, 'L1', (key.node.defaultChild as kms.CfnKey).attrArn);
    new OnDemandKeyRotation(stack, 'One', { key, rotationToken: 'x', rotateOnCreate: true });
    new OnDemandKeyRotation(stack, 'Other', { key: l1, rotationToken: 'y', rotateOnCreate: true });

    expect(warningsOf(stack)).toEqual([expect.stringContaining('severalTokensForKey')]);
  });

  test('reports them even if a third token is known only at deployment', () => {
    const stack = stackOf();
    const key = new kms.Key(stack, 'Key');
    const parameter = new CfnParameter(stack, 'Token').valueAsString;
    [parameter, 'x', 'y'].forEach((rotationToken, n) => {
      new OnDemandKeyRotation(stack, `Rotation${n}`, { key, rotationToken, rotateOnCreate: true });
    });
    expect(warningsOf(stack)).toEqual([expect.stringContaining('token "y" here and with "x" elsewhere')]);
  });

  test('is absent if everything is explicit, whatever other apps have declared', () => {
    const stack = stackOf();
    const own = new kms.Key(stack, 'Own');
    const imported = kms.Key.fromKeyArn(stack, 'Imported', KEY_ARN);
    new OnDemandKeyRotation(stack, 'RotationOfOwn', { key: own, rotationToken: 'x', rotateOnCreate: false });
    new OnDemandKeyRotation(stack, 'Rotation', { key: imported, rotationToken: 'z' });
    new OnDemandKeyRotation(stack, 'Same', { key: imported, rotationToken: 'z' });

    expect(warningsOf(stack)).toEqual([]);
  });

  function warningsOf(stack: Stack): unknown[] {
    return Annotations.fromStack(stack)
      .findWarning('*', Match.stringLikeRegexp('cdk-on-demand-key-rotation:'))
      .map(({ entry }) => entry.data);
  }
});
