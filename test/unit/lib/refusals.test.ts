import {
  App,
  CfnDynamicReference,
  CfnDynamicReferenceService,
  CfnParameter,
  Duration,
  Fn,
  Lazy,
  SecretValue,
  Stack,
  Stage,
  Token,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_secretsmanager as secretsmanager,
  aws_ssm as ssm,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider, type OnDemandKeyRotationProps } from '../../../lib';

const ACCOUNT = '111122223333';
const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

let app: App;
let stack: Stack;
beforeEach(() => {
  app = new App();
  stack = new Stack(app, 'Stack', { env: { account: ACCOUNT, region: 'eu-central-1' } });
});

function rotate(props: Partial<OnDemandKeyRotationProps>): OnDemandKeyRotation {
  return new OnDemandKeyRotation(stack, 'Rotation', {
    rotationToken: 'first',
    ...props,
    key: props.key ?? keyOf(KEY_ARN),
  });
}

function keyOf(arn: string): kms.IKey {
  return kms.Key.fromKeyArn(stack, 'Key', arn);
}

describe('the token', () => {
  const allowed =
    'allowed is a text of 1 to 256 characters (UTF-16 code units) without white space at its ends and without line breaks or control characters.';

  test.each<[unknown, string]>([
    ['', `rotationToken "" is empty; ${allowed}`],
    ['x'.repeat(257), `rotationToken "${'x'.repeat(100)}…" has 257 characters; ${allowed}`],
    ['first\n', `rotationToken "first\\n" begins or ends with white space; ${allowed}`],
    [' ', `rotationToken " " begins or ends with white space; ${allowed}`],
    [undefined, `rotationToken is missing; ${allowed}`],
    [4711, `rotationToken is 4711; ${allowed}`],
  ])('%#: refused', (rotationToken, sentence) => {
    expect(() => rotate({ rotationToken: rotationToken as string })).toThrow(`Stack/Rotation: ${sentence}`);
  });

  test.each([
    ['of one character', () => 'x'],
    ['of 256 characters', () => 'x'.repeat(256)],
    ['with white space inside', () => 'incident 4711'],
    ['that is known only at deployment', () => new CfnParameter(stack, 'Token').valueAsString],
  ])('%s is accepted', (_, rotationToken) => {
    expect(() => rotate({ rotationToken: rotationToken() })).not.toThrow();
  });
});

describe('the timeout', () => {
  const allowed = 'allowed is 1 to 13 minutes in whole seconds';

  test.each([
    [Duration.seconds(59), `completionTimeout is 59 seconds; ${allowed}.`],
    [Duration.seconds(781), `completionTimeout is 781 seconds; ${allowed}.`],
    [Duration.millis(90_500), `completionTimeout is 90.5 seconds; ${allowed}.`],
    [
      Duration.minutes(Lazy.number({ produce: () => 5 })),
      `completionTimeout is not known at synth; ${allowed}, as a Duration that is known at synth.`,
    ],
  ])('%# is refused', (completionTimeout, sentence) => {
    expect(() => rotate({ completionTimeout })).toThrow(`Stack/Rotation: ${sentence}`);
  });

  test.each([Duration.minutes(1), Duration.minutes(13), Duration.millis(90_000)])(
    '%# is accepted',
    (completionTimeout) => {
      expect(() => rotate({ completionTimeout })).not.toThrow();
    },
  );
});

describe('the reserve', () => {
  test.each([-1, 26, 2.5, NaN, Infinity])('%d is refused', (reservedRotations) => {
    expect(() => rotate({ reservedRotations })).toThrow(
      `Stack/Rotation: reservedRotations is ${reservedRotations}; allowed is a whole number from 0 to 25 that is known at synth.`,
    );
  });

  test('a parameter is refused', () => {
    expect(() =>
      rotate({ reservedRotations: new CfnParameter(stack, 'Reserve', { type: 'Number' }).valueAsNumber }),
    ).toThrow(
      'Stack/Rotation: reservedRotations is not known at synth; allowed is a whole number from 0 to 25 that is known at synth.',
    );
  });

  test.each([0, 25])('%d is accepted', (reservedRotations) => {
    expect(() => rotate({ reservedRotations })).not.toThrow();
  });
});

describe('an alias', () => {
  const wayOut =
    'whose target is not known at synth; allowed is a key, or an alias that knows its target. Find the key with' +
    " kms.Key.fromLookup(this, id, { aliasName: 'alias/a/b' }).";

  test('by name is refused', () => {
    expect(() => rotate({ key: kms.Alias.fromAliasName(stack, 'Alias', 'alias/a/b') })).toThrow(
      `Stack/Rotation: key is alias/a/b, ${wayOut}`,
    );
  });

  test('by ARN is refused', () => {
    expect(() => rotate({ key: keyOf(`arn:aws:kms:eu-central-1:${ACCOUNT}:alias/a/b`) })).toThrow(
      `Stack/Rotation: key is alias/a/b, ${wayOut}`,
    );
  });

  test('by an ARN whose partition is known only at deployment is refused', () => {
    expect(() =>
      rotate({ key: keyOf(stack.formatArn({ service: 'kms', resource: 'alias', resourceName: 'a/b' })) }),
    ).toThrow(wayOut);
  });

  test('with an alias by name as its target is refused', () => {
    const aliasTargetKey = kms.Alias.fromAliasName(stack, 'Target', 'alias/a/b');
    expect(() =>
      rotate({ key: kms.Alias.fromAliasAttributes(stack, 'Alias', { aliasName: 'alias/c', aliasTargetKey }) }),
    ).toThrow(wayOut);
  });
});

describe('an ARN', () => {
  const allowed = 'allowed is arn:<partition>:kms:<region>:<account>:key/<key ID>';

  test.each([
    'arn:aws:s3:::bucket/key',
    `arn:aws:sns:eu-central-1:${ACCOUNT}:key/x`,
    `arn:aws:kms:eu-central-1:${ACCOUNT}:grant/x`,
    `arn:aws:kms::${ACCOUNT}:key/x`,
    'arn:aws:kms:eu-central-1::key/x',
    `arn:aws:kms:eu-central-1:${ACCOUNT}:key/x/y`,
  ])('%s is refused', (arn) => {
    expect(() => rotate({ key: keyOf(arn) })).toThrow(
      `Stack/Rotation: key has the ARN ${arn}, which is not the ARN of a KMS key; ${allowed}.`,
    );
  });

  test.each([
    ['of a key', () => KEY_ARN],
    ['of a multi-Region key', () => `arn:aws-cn:kms:cn-north-1:${ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab`],
    ['of another stack', () => Fn.importValue('KeyArn')],
    ['in a parameter', () => new CfnParameter(stack, 'KeyArn').valueAsString],
    [
      'of which only parts are known',
      () => stack.formatArn({ service: 'kms', resource: 'key', resourceName: Fn.importValue('KeyId') }),
    ],
  ])('%s is accepted', (_, arn) => {
    expect(() => rotate({ key: keyOf(arn()) })).not.toThrow();
  });
});

describe('a key of another account', () => {
  const sentence =
    "belongs to account 444455556666; allowed is a key of the stack's own account, 111122223333. KMS cannot rotate a" +
    " key from another account. Declare the rotation in a stack of the key's account.";

  test('is refused by its ARN', () => {
    const arn = KEY_ARN.replace(ACCOUNT, '444455556666');
    expect(() => rotate({ key: keyOf(arn) })).toThrow(`Stack/Rotation: key ${arn} ${sentence}`);
  });

  test('is refused by its stack', () => {
    const other = new Stack(app, 'Other', { env: { account: '444455556666', region: 'eu-central-1' } });
    expect(() => rotate({ key: new kms.Key(other, 'Key') })).toThrow(`Stack/Rotation: key Other/Key ${sentence}`);
  });

  test('is left to the deployment where the stack may be deployed to any account', () => {
    stack = new Stack(new App(), 'Agnostic');
    expect(() => rotate({})).not.toThrow();
  });
});

describe('a key declared in the app', () => {
  const onlySymmetric = 'KMS rotates symmetric encryption keys only. Make a new key and point the alias at it instead.';

  test.each<[string, () => kms.IKey, string]>([
    [
      'for HMACs',
      () => new kms.Key(stack, 'Own', { keySpec: kms.KeySpec.HMAC_256, keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC }),
      `key Stack/Own/Resource has the key spec HMAC_256; allowed is SYMMETRIC_DEFAULT. ${onlySymmetric}`,
    ],
    [
      'that is asymmetric',
      () => new kms.Key(stack, 'Own', { keySpec: kms.KeySpec.RSA_2048 }),
      `key Stack/Own/Resource has the key spec RSA_2048; allowed is SYMMETRIC_DEFAULT. ${onlySymmetric}`,
    ],
    [
      'behind an alias',
      () => new kms.Key(stack, 'Own', { keySpec: kms.KeySpec.RSA_2048 }).addAlias('alias/rsa'),
      'RSA_2048',
    ],
    [
      'as an L1',
      () => kms.Key.fromCfnKey(l1({ keySpec: 'ECC_NIST_P256' })),
      'key Stack/L1 has the key spec ECC_NIST_P256',
    ],
    ['as an L1 by its ARN', () => keyOf(l1({ keySpec: 'SM2' }).attrArn), 'key Stack/L1 has the key spec SM2'],
    [
      'with another usage',
      () => kms.Key.fromCfnKey(l1({ keyUsage: 'SIGN_VERIFY' })),
      `key Stack/L1 has the key usage SIGN_VERIFY; allowed is ENCRYPT_DECRYPT. ${onlySymmetric}`,
    ],
    [
      'in a custom key store',
      () => kms.Key.fromCfnKey(l1({ origin: 'AWS_CLOUDHSM' })),
      'key Stack/L1 has the origin AWS_CLOUDHSM; allowed are AWS_KMS and EXTERNAL. KMS does not rotate keys in custom key stores.',
    ],
    [
      'as a replica',
      () => keyOf(replica(KEY_ARN).attrArn),
      `key Stack/Replica is a replica of a multi-Region key; allowed is the primary. Rotate its primary key, ${KEY_ARN}: the replicas follow.`,
    ],
    [
      'as a replica of an unknown primary',
      () => keyOf(replica(Fn.importValue('Primary')).attrArn),
      'Rotate its primary key: the replicas follow.',
    ],
  ])('%s is refused', (_, key, sentence) => {
    expect(() => rotate({ key: key() })).toThrow(sentence);
  });

  test.each<[string, () => kms.IKey]>([
    ['as an L2', () => new kms.Key(stack, 'Own')],
    [
      'as an L2 with explicit defaults',
      () => new kms.Key(stack, 'Own', { keySpec: kms.KeySpec.SYMMETRIC_DEFAULT, multiRegion: true }),
    ],
    ['as an L1', () => kms.Key.fromCfnKey(l1({}))],
    ['with imported material', () => kms.Key.fromCfnKey(l1({ origin: 'EXTERNAL' }))],
    ['with a spec known only at deployment', () => kms.Key.fromCfnKey(l1({ keySpec: Token.asString(Fn.ref('Spec')) }))],
  ])('%s is accepted', (_, key) => {
    expect(() => rotate({ key: key() })).not.toThrow();
  });

  function l1(props: kms.CfnKeyProps): kms.CfnKey {
    return new kms.CfnKey(stack, 'L1', { keyPolicy: { Statement: [] }, ...props });
  }

  function replica(primaryKeyArn: string): kms.CfnReplicaKey {
    return new kms.CfnReplicaKey(stack, 'Replica', { keyPolicy: {}, primaryKeyArn });
  }
});

describe('a provider', () => {
  test.each([
    ['another Region', { account: ACCOUNT, region: 'us-east-1' }, `aws://${ACCOUNT}/us-east-1`],
    ['another account', { account: '444455556666', region: 'eu-central-1' }, 'aws://444455556666/eu-central-1'],
    ['an unknown environment', undefined, 'aws://unknown-account/unknown-region'],
  ])('of %s is refused', (_, env, environment) => {
    const provider = new OnDemandKeyRotationProvider(new Stack(app, 'Other', { env }), 'Provider');
    expect(() => rotate({ provider })).toThrow(
      `Stack/Rotation: provider Other/Provider is in ${environment}, and this rotation is in aws://${ACCOUNT}/eu-central-1; allowed is a` +
        ' provider of the same account and Region. Leave it out, and the stack gets one of its own.',
    );
  });

  test('with a runtime other than Node.js is refused', () => {
    expect(() => new OnDemandKeyRotationProvider(stack, 'Provider', { runtime: lambda.Runtime.PYTHON_3_12 })).toThrow(
      'Stack/Provider: runtime is python3.12; allowed is a Node.js runtime.',
    );
  });

  test('is not confused with another construct of its ID', () => {
    new Construct(stack, 'OnDemandKeyRotationProvider');
    expect(() => rotate({})).toThrow(
      "Stack/OnDemandKeyRotationProvider: this construct ID is reserved for the stack's OnDemandKeyRotationProvider, and another construct has it",
    );
  });
});

describe('a value of the wrong type', () => {
  const rotating = (props: Record<string, unknown>) => () => rotate(props);

  test.each<[string, () => Record<string, unknown>, string]>([
    [
      'a string for a key',
      () => ({ key: KEY_ARN }),
      `[Key] NOT ROTATED. Stack/Rotation: key is "${KEY_ARN}", which is a text;`,
    ],
    ['an object for a key', () => ({ key: { keyArn: 1 } }), 'key is {"keyArn":1}; allowed is a KMS key.'],
    [
      'another construct for a key',
      () => ({ key: new Construct(stack, 'Other') }),
      'key is construct Stack/Other; allowed',
    ],
    [
      'an alias as an L1',
      () => ({ key: new kms.CfnAlias(stack, 'Alias', { aliasName: 'alias/a', targetKeyId: '1' }) }),
      'key is construct Stack/Alias; allowed is a KMS key.',
    ],
    [
      "a key's ID for its ARN",
      () => ({ key: keyOf(new kms.Key(stack, 'Own').keyId) }),
      '[KeyArn] NOT ROTATED. Stack/Rotation: key has the ID of a key for its ARN;',
    ],
    ['a string for a boolean', () => ({ rotateOnCreate: 'no' }), 'rotateOnCreate is "no"; allowed is true or false.'],
    [
      'a parameter for a boolean',
      () => ({ rotateOnCreate: new CfnParameter(stack, 'Rotate').valueAsString }),
      'rotateOnCreate is not known at synth; allowed is true or false.',
    ],
    [
      'a number for a duration',
      () => ({ completionTimeout: 600 }),
      'completionTimeout is 600; allowed is 1 to 13 minutes',
    ],
    [
      'a string for a number',
      () => ({ reservedRotations: '5' }),
      'reservedRotations is "5"; allowed is a whole number',
    ],
    ['an object for a provider', () => ({ provider: {} }), '[Provider] NOT ROTATED. Stack/Rotation: provider is {};'],
  ])('%s is refused', (_, props, sentence) => {
    expect(rotating(props())).toThrow(sentence);
  });

  test.each<[string, () => kms.IKey]>([
    ['an L1', () => new kms.CfnKey(stack, 'L1') as unknown as kms.IKey],
    [
      'a construct with only a keyRef',
      () => Object.assign(new Construct(stack, 'Ref'), { keyRef: { keyArn: KEY_ARN } }) as unknown as kms.IKey,
    ],
    ['an alias of a key with an alias name of its own', () => new CorpKey(stack, 'Corp').addAlias('alias/corp')],
  ])('%s is accepted', (_, key) => {
    expect(rotate({ key: key() }).key.keyArn).toBeDefined();
  });

  class CorpKey extends kms.Key {
    public readonly aliasName = 'alias/orders';
  }
});

describe('a token that is resolved by CloudFormation or late in synthesis', () => {
  const secret = 'the dynamic reference of a secret';
  const versionless = 'a dynamic reference without a version';

  test.each<[string, () => string, string]>([
    ['a secret', () => '{{resolve:secretsmanager:MySecret:SecretString:password}}', secret],
    ['a secure parameter', () => '{{resolve:ssm-secure:name:3}}', secret],
    ['a parameter without a version', () => 'v-{{resolve:ssm:name}}', versionless],
    ['a secret of the app', () => new secretsmanager.Secret(stack, 'Secret').secretValue.unsafeUnwrap(), secret],
    ['a secret by its name', () => SecretValue.secretsManager('MySecret').unsafeUnwrap(), secret],
    [
      'a parameter by the CDK, without a version',
      () => new CfnDynamicReference(CfnDynamicReferenceService.SSM, 'name').toString(),
      versionless,
    ],
    [
      'white space that is produced late',
      () => Lazy.string({ produce: () => 'x\u00a0' }),
      'rotationToken "x\\u00a0" begins or ends with white space',
    ],
  ])('%s is refused', (_, rotationToken, sentence) => {
    expect(() => {
      rotate({ rotationToken: rotationToken() });
      app.synth();
    }).toThrow(sentence);
  });

  test.each<[string, () => string]>([
    ['a version of a parameter', () => '{{resolve:ssm:name:3}}'],
    ['a parameter of type SSM', () => ssm.StringParameter.valueForStringParameter(stack, 'name')],
    ['a parameter of the stack', () => new CfnParameter(stack, 'Token').valueAsString],
  ])('%s is accepted', (_, rotationToken) => {
    rotate({ rotationToken: rotationToken() });
    expect(() => app.synth()).not.toThrow();
  });

  test.each(['inci\u0000dent', 'a\u2028b', 'half \ud83d of a pair', '\ufeffx', 'x\u200b'])(
    '%j is refused',
    (rotationToken) => {
      expect(() => rotate({ rotationToken })).toThrow('[RotationToken] NOT ROTATED.');
    },
  );

  test('a token that is not ASCII raises a warning', () => {
    const rotation = rotate({ rotationToken: 'Vorfall-Ü' });
    app.synth();
    expect(JSON.stringify(rotation.node.metadata)).toContain('nonAsciiToken');
  });
});

describe('a key that has been looked up', () => {
  test('and not found is an error of the CLI, because a failing synthesis would keep it from looking the key up', () => {
    const key = kms.Key.fromLookup(stack, 'Found', { aliasName: 'alias/app' });
    const rotation = rotate({ key });
    expect(() => app.synth()).not.toThrow();
    expect(rotation.node.metadata).toContainEqual(
      expect.objectContaining({
        type: 'aws:cdk:error',
        data: expect.stringContaining('[KeyNotFound] NOT ROTATED. Stack/Rotation: key arn:') as unknown,
      }),
    );
  });
});

describe('another stage', () => {
  test.each<[string, (other: Stack) => Partial<OnDemandKeyRotationProps>, string]>([
    [
      "a stage's key",
      (other) => ({ key: new kms.Key(other, 'Key') }),
      'key Stage/Other/Key/Resource is declared in Stage;',
    ],
    [
      "a stage's provider",
      (other) => ({ provider: new OnDemandKeyRotationProvider(other, 'Provider') }),
      'provider Stage/Other/Provider is in Stage;',
    ],
    [
      "a stage's parameter for a token",
      (other) => ({ rotationToken: new CfnParameter(other, 'Token').valueAsString }),
      'rotationToken refers to Stage/Other/Token in Stage;',
    ],
  ])('%s is refused', (_, props, sentence) => {
    const other = new Stack(new Stage(app, 'Stage', { env: { account: ACCOUNT, region: 'eu-central-1' } }), 'Other');
    expect(() => rotate(props(other))).toThrow(sentence);
  });
});
