/** Real apps in which a key was silently skipped or rotated. Each is synthesized as a whole. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  App,
  BootstraplessSynthesizer,
  CfnCondition,
  CfnResource,
  Fn,
  NestedStack,
  Stack,
  Stage,
  aws_codecommit as codecommit,
  aws_events_targets as targets,
  aws_iam as iam,
  aws_kms as kms,
  aws_s3 as s3,
  aws_secretsmanager as secretsmanager,
  aws_sns as sns,
  pipelines,
} from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { OnDemandKeyRotation, OnDemandKeyRotationFleet, OnDemandKeyRotationProvider } from '../../lib';
import { appFolder, compilePackage } from '../compiled-package';
import { policies, resources } from '../unit/lib/template';

const ROTATION = 'Custom::OnDemandKeyRotation';
const STABILIZED = '@aws-cdk/core:aspectStabilization';
const ENVIRONMENT = { account: '111122223333', region: 'eu-central-1' };
const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/12345678-12ab-34cd-56ef-1234567890ab';
const TOKEN = { rotationToken: 'incident-4711', rotateOnCreate: true };
const ROOT = path.join(__dirname, '..', '..');

describe('a stage whose scope is the stack of a pipeline', () => {
  class KeyStage extends Stage {
    public readonly keys = new Stack(this, 'Keys');

    constructor(scope: Construct, id: string) {
      super(scope, id, { env: ENVIRONMENT });
      new kms.Key(this.keys, 'Key');
      new OnDemandKeyRotationFleet(this, 'Fleet', TOKEN);
    }
  }

  test.each([
    ['in a pipeline', (stack: Stack) => pipelineOf(stack).addStage(new KeyStage(stack, 'Prod')).stacks],
    ['without a pipeline', (stack: Stack) => new KeyStage(stack, 'Prod').node.children],
  ])('has its keys rotated, %s', (_, add) => {
    const app = new App();
    add(new Stack(app, 'Pipe', { env: ENVIRONMENT }));
    const [stage] = app.synth().nestedAssemblies;
    const [template] = stage?.nestedAssembly.stacks.map((stack) => Template.fromJSON(stack.template as object)) ?? [];
    template?.resourceCountIs(ROTATION, 1);
    expect(template).toBeDefined();
  });
});

describe('a key in a stack that takes no assets', () => {
  test.each([true, false])('is skipped with the reason, with aspectStabilization %p', (stabilized) => {
    const app = new App({ context: { [STABILIZED]: stabilized } });
    const stage = new Stage(app, 'Prod', { env: { ...ENVIRONMENT, region: 'us-east-1' } });
    const keys = new Stack(stage, 'Keys');
    new kms.Key(keys, 'Key');
    new OnDemandKeyRotationFleet(app, 'Fleet', TOKEN);
    // At synthesis, the CDK adds a support stack with a key for the other Region.
    pipelineOf(new Stack(app, 'Pipe', { env: ENVIRONMENT }), true).addStage(stage);

    const { stacks } = app.synth();
    const messages = stacks.flatMap((stack) => stack.messages.map(({ entry }) => entry.data));
    expect(messages).toContainEqual(
      expect.stringMatching(
        /key cross-region-stack-\S+ has no provider: stack cross-region-stack-111122223333:us-east-1 takes no assets/,
      ),
    );
    Template.fromStack(keys).resourceCountIs(ROTATION, 1);
  });

  test('is refused in a single rotation, with an error that names the stack, and adds nothing to the stack', () => {
    const stack = new Stack(new App(), 'Bare', { synthesizer: new BootstraplessSynthesizer({}) });
    const key = new kms.Key(stack, 'Key');
    expect(() => new OnDemandKeyRotation(stack, 'Rotation', { key, ...TOKEN })).toThrow(
      '[StackWithoutAssets] NOT ROTATED. Bare/OnDemandKeyRotationProvider: stack Bare takes no assets, so it can have no provider of its own. The CDK' +
        ' says: Cannot add assets to a Stack that uses the BootstraplessSynthesizer. Pass a provider of another stack of the same account and Region.',
    );
    expect(stack.node.tryFindChild('OnDemandKeyRotationProvider')).toBeUndefined();
  });
});

describe('with a second copy', () => {
  /** Runs an app with its own copy of the CDK: symbolic links in another folder, which Node.js does not resolve. */
  function run(app: string): unknown {
    const folder = appFolder('two-copies');
    try {
      const modules = path.join(folder, 'node_modules');
      mkdirSync(modules);
      for (const name of ['aws-cdk-lib', 'constructs'])
        symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name), 'dir');
      compilePackage(path.join(modules, 'package'));
      symlinkSync(path.join(modules, 'package'), path.join(modules, 'other-package'), 'dir');
      writeFileSync(path.join(folder, 'app.js'), `${PREAMBLE}${app}`);
      const options = ['--preserve-symlinks', '--preserve-symlinks-main'];
      return JSON.parse(
        execFileSync(process.execPath, [...options, path.join(folder, 'app.js')], { encoding: 'utf8' }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  const PREAMBLE = `
    const { App, Stack, aws_kms: kms } = require('aws-cdk-lib');
    const { OnDemandKeyRotation, OnDemandKeyRotationFleet } = require('package/lib');
    const TOKEN = ${JSON.stringify(TOKEN)};
    const stack = new Stack(new App(), 'Stack');
    const print = (result) => process.stdout.write(JSON.stringify(result));
    const refused = (act) => { try { act(); } catch (error) { return error.message; } };
    function synthesized() {
      const [{ template, messages }] = stack.node.root.synth().stacks;
      const rotations = Object.values(template.Resources).filter(({ Type }) => Type === '${ROTATION}');
      return {
        differs: !(new kms.Key(new Stack(new App(), 'Other'), 'Key') instanceof require('package/node_modules/aws-cdk-lib').aws_kms.Key),
        functions: Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function').length,
        rotations: rotations.length,
        messages: messages.map(({ entry }) => entry.data),
      };
    }`;

  test('of aws-cdk-lib, keys are keys: rotated if they can be, refused if not', () => {
    const result = run(`
      new kms.Key(stack, 'Key');
      const key = new kms.Key(stack, 'Hmac', { keySpec: kms.KeySpec.HMAC_256, keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC });
      const refusal = refused(() => new OnDemandKeyRotation(stack, 'Rotation', { key, ...TOKEN }));
      stack.node.tryRemoveChild('Rotation');
      new OnDemandKeyRotationFleet(stack, 'Fleet', TOKEN);
      print({ refusal, ...synthesized() });`);
    expect(result).toEqual({
      differs: true,
      refusal: expect.stringContaining('[KeySpec] NOT ROTATED. Stack/Rotation: key Stack/Hmac/Resource') as unknown,
      functions: 1,
      rotations: 1,
      messages: [
        expect.stringMatching(
          /rotates 1 key .*: Stack\/Key\/Resource\nand skips 1 key:\n- key Stack\/Hmac\/Resource has/,
        ),
      ],
    });
  });

  test('of this package, a provider is shared, and two tokens for one key raise a warning', () => {
    const result = run(`
      const other = require('other-package/lib');
      const key = new kms.Key(stack, 'Key');
      new OnDemandKeyRotation(stack, 'One', { key, ...TOKEN });
      new other.OnDemandKeyRotation(stack, 'Other', { key, ...TOKEN, rotationToken: 'another' });
      print({ ...synthesized(), differs: other.OnDemandKeyRotation !== OnDemandKeyRotation });`);
    expect(result).toEqual({
      differs: true,
      functions: 1,
      rotations: 2,
      messages: [expect.stringContaining('severalTokensForKey')],
    });
  });

  test('of another version of this package, synthesis stops and says so', () => {
    const stack = new Stack(new App(), 'Stack');
    const made = Object.assign(new Construct(stack, 'OnDemandKeyRotationProvider'), {
      [Symbol.for('cdk-on-demand-key-rotation.provider')]: '0.0.1',
    });
    expect(() => OnDemandKeyRotationProvider.getOrCreate(made)).toThrow(
      /^\[ProviderId\] NOT ROTATED\. Stack\/OnDemandKeyRotationProvider: this provider was made by version 0\.0\.1 of cdk-on-demand-key-rotation, and version \d/,
    );
  });

  test('of the constructs package that is incompatible, synthesis stops and says so', () => {
    const scope = { node: { path: 'Stack' } } as unknown as Construct;
    expect(() => new OnDemandKeyRotationProvider(scope, 'Provider')).toThrow(
      '[ConstructsCopies] NOT ROTATED. Stack: the app',
    );
  });
});

describe('overrides', () => {
  test('apply to a fleet', () => {
    const stack = new Stack(new App(), 'Keys');
    new kms.Key(stack, 'Good');
    override(new kms.Key(stack, 'Imported'), { Origin: 'EXTERNAL' });
    override(new kms.Key(stack, 'Off'), { Enabled: false });
    override(new kms.Key(stack, 'Hmac'), { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    new OnDemandKeyRotationFleet(stack, 'Fleet', TOKEN);

    expect(infosOf(stack)).toEqual([
      expect.stringMatching(
        new RegExp(`^Keys/Fleet rotates 1 key .*: Keys/Good/Resource
and skips 3 keys:
- key Keys/Imported/Resource has imported key material, .*
- key Keys/Off/Resource is disabled, .*
- key Keys/Hmac/Resource has the key spec HMAC_256; .*$`),
      ),
    ]);
  });

  test('apply to a single rotation, whether set before or after it', () => {
    const stack = new Stack(new App(), 'Single');
    const before = new kms.Key(stack, 'Before');
    override(before, { KeySpec: 'HMAC_256' });
    expect(() => new OnDemandKeyRotation(stack, 'Refused', { key: before, ...TOKEN })).toThrow(
      '[KeySpec] NOT ROTATED. Single/Refused: key Single/Before/Resource has the key spec HMAC_256',
    );
    stack.node.tryRemoveChild('Refused');

    const after = new kms.Key(stack, 'After');
    new OnDemandKeyRotation(stack, 'Rotation', { key: after, ...TOKEN });
    override(after, { KeySpec: 'HMAC_256' });
    expect(() => Template.fromStack(stack)).toThrow(
      '[Single/Rotation] [KeySpec] NOT ROTATED. Single/Rotation: key Single/After/Resource has the key spec HMAC_256',
    );
  });
});

test('an excluded ARN is not rotated, and with declaredKeys false only listed ARNs are', () => {
  const stack = new Stack(new App(), 'Stack');
  const archive = kms.Key.fromKeyArn(stack, 'Archive', KEY_ARN);
  new kms.Key(stack, 'OurOtherKey');
  const listed = KEY_ARN.replace('12345678', '87654321');
  new OnDemandKeyRotationFleet(stack, 'Fleet', {
    ...TOKEN,
    keyArns: [KEY_ARN, listed],
    exclude: [archive],
    declaredKeys: false,
  });

  const template = Template.fromStack(stack);
  template.resourceCountIs(ROTATION, 1);
  template.hasResourceProperties(ROTATION, { KeyArn: listed });
  expect(infosOf(stack)).toEqual([
    expect.stringMatching(
      /^Stack\/Fleet rotates 1 key of this stack .*: arn.*\nand skips 2 keys:\n- key arn.* is excluded\.\n- key Stack\/Archive is excluded\.$/,
    ),
  ]);
});

test('a fleet that finds no key stops synthesis', () => {
  const app = new App();
  new s3.Bucket(new Stack(app, 'Stack'), 'Bucket');
  new OnDemandKeyRotationFleet(app, 'Fleet', TOKEN);
  expect(() => app.synth()).toThrow(
    '[FleetEmpty] NOT ROTATED. Fleet: this fleet finds no key in the app, so it would rotate nothing.',
  );
});

test("two stacks that share an imported role do not replace each other's policies", () => {
  const app = new App();
  for (const id of ['S1', 'S2']) {
    const stack = new Stack(app, id, { env: ENVIRONMENT });
    const role = iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111122223333:role/my-role');
    const provider = new OnDemandKeyRotationProvider(stack, 'Provider', { role });
    new OnDemandKeyRotation(stack, 'Rotation', { key: new kms.Key(stack, 'Key'), provider, ...TOKEN });
  }
  const attached = app.synth().stacks.flatMap((stack) => policies(Template.fromJSON(stack.template as object)));
  expect(attached.map(({ Type }) => Type)).toEqual(['AWS::IAM::ManagedPolicy', 'AWS::IAM::ManagedPolicy']);
  expect(JSON.stringify(attached)).not.toMatch(/PolicyName/);
});

describe('a key under a condition', () => {
  function conditionalKey(stack: Stack): kms.Key {
    const key = new kms.Key(stack, 'Key');
    const expression = Fn.conditionEquals(Fn.ref('AWS::Region'), 'eu-central-1');
    declarationOf(key).cfnOptions.condition = new CfnCondition(stack, 'HasKey', { expression });
    return key;
  }

  test('has a rotation and a permission under the same condition', () => {
    const stack = new Stack(new App(), 'Stack');
    const key = conditionalKey(stack);
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', { key, ...TOKEN });
    rotation.onKeyRotated('Rotated');

    const template = Template.fromStack(stack);
    template.hasResource(ROTATION, { Condition: 'HasKey' });
    const where = { 'Fn::If': ['HasKey', stack.resolve(key.keyArn) as unknown, Match.anyValue()] };
    template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: Match.arrayWith(['kms:RotateKeyOnDemand']), Resource: where }),
        ]),
      },
    });
    template.hasResourceProperties('AWS::Events::Rule', { EventPattern: { resources: [where] } });
    expect(resources(template).filter(({ Condition }) => Condition !== undefined)).toHaveLength(2);
  });

  test('keeps a condition that the user has given to the rotation', () => {
    const stack = new Stack(new App(), 'Stack');
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', { key: conditionalKey(stack), ...TOKEN });
    (rotation.node.defaultChild as CfnResource).cfnOptions.condition = new CfnCondition(stack, 'Wanted', {
      expression: Fn.conditionEquals(1, 1),
    });
    Template.fromStack(stack).hasResource(ROTATION, { Condition: 'Wanted' });
  });

  test('is rotated by a fleet, under a condition set by an override', () => {
    const stack = new Stack(new App(), 'Stack');
    const key = conditionalKey(stack);
    declarationOf(key).addOverride('Condition', 'ByOverride');
    new OnDemandKeyRotationFleet(stack, 'Fleet', TOKEN);
    Template.fromStack(stack).hasResource(ROTATION, { Condition: 'ByOverride' });
    expect(infosOf(stack)).toEqual([expect.stringContaining('Stack/Key/Resource (under the condition ByOverride)')]);
  });

  test('of its nested stack is refused outside that stack, even if the condition is set later', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack');
    const nested = new NestedStack(stack, 'Nested');
    const key = new kms.Key(nested, 'Key');
    const provider = new OnDemandKeyRotationProvider(nested, 'Provider');
    new OnDemandKeyRotation(nested, 'Inside', { key, provider, ...TOKEN });
    new OnDemandKeyRotation(stack, 'Outside', { key, ...TOKEN });
    new OnDemandKeyRotation(stack, 'Provided', { key: new kms.Key(stack, 'Key'), provider, ...TOKEN });
    const condition = new CfnCondition(stack, 'Wanted', { expression: Fn.conditionEquals(1, 1) });
    Object.assign(nested.nestedStackResource?.cfnOptions ?? {}, { condition });

    const [, ...faults] = refusalOf(() => app.synth()).split('\n');
    expect(faults).toEqual([
      expect.stringContaining(
        '[ConditionalKey] NOT ROTATED. Stack/Outside: key Stack/Nested/Key/Resource is in the nested stack Stack/Nested, which exists only under',
      ),
      expect.stringContaining(
        '[ConditionalProvider] NOT ROTATED. Stack/Provided: provider Stack/Nested/Provider is in',
      ),
    ]);
  });

  test('has no rule for its event in another stack, which does not have the condition', () => {
    const app = new App();
    const stack = new Stack(app, 'Stack', { env: ENVIRONMENT });
    const alarms = new Stack(app, 'Alarms', { env: ENVIRONMENT });
    const rotation = new OnDemandKeyRotation(stack, 'Rotation', { key: conditionalKey(stack), ...TOKEN });
    rotation.onKeyRotated('Rotated', {
      crossStackScope: alarms,
      target: new targets.SnsTopic(new sns.Topic(alarms, 'Topic')),
    });
    expect(() => app.synth()).toThrow(
      '[ConditionalKey] NOT ROTATED. Stack/Rotation: key Stack/Key/Resource exists only under the condition HasKey, and a rule for its event is in',
    );
  });

  test('is refused in another stack, which does not have the condition', () => {
    const app = new App();
    const key = conditionalKey(new Stack(app, 'Keys'));
    const stack = new Stack(app, 'Rotations');
    expect(() => new OnDemandKeyRotation(stack, 'Rotation', { key, ...TOKEN })).toThrow(
      '[ConditionalKey] NOT ROTATED. Rotations/Rotation: key Keys/Key/Resource exists only under the condition HasKey of stack Keys,',
    );
  });
});

test('a bundled app with a lambda/dist of its own does not deploy that as the provider', () => {
  const app = appFolder('bundled-app');
  try {
    mkdirSync(path.join(app, 'lambda', 'dist'), { recursive: true });
    writeFileSync(path.join(app, 'lambda', 'dist', 'index.js'), 'exports.handler = () => "the function of the user";');
    buildSync({
      stdin: {
        contents: `
          import { App, Stack } from 'aws-cdk-lib';
          import { OnDemandKeyRotationProvider } from './lib';
          new OnDemandKeyRotationProvider(new Stack(new App(), 'Payments'), 'Provider');`,
        resolveDir: ROOT,
      },
      bundle: true,
      platform: 'node',
      external: ['aws-cdk-lib', 'constructs'],
      outfile: path.join(app, 'dist', 'app.js'),
    });
    expect(() =>
      execFileSync(process.execPath, [path.join(app, 'dist', 'app.js')], { encoding: 'utf8', stdio: 'pipe' }),
    ).toThrow(
      `[HandlerNotFound] NOT ROTATED. Payments/Provider: ${path.join(app, 'lambda', 'dist', 'index.js')} is not the handler of cdk-on-demand-key-rotation.`,
    );
  } finally {
    rmSync(app, { recursive: true });
  }
});

describe('the key', () => {
  test('is refused if it is undefined', () => {
    const stack = new Stack(new App(), 'Stack');
    const key = new secretsmanager.Secret(stack, 'Secret').encryptionKey as unknown as kms.IKey;
    expect(() => new OnDemandKeyRotation(stack, 'Rotation', { key, ...TOKEN })).toThrow(
      '[Key] NOT ROTATED. Stack/Rotation: key is undefined; allowed is a KMS key.',
    );
  });

  test('may be an L1, or a subclass with an alias name of its own', () => {
    class CorpKey extends kms.Key {
      public readonly aliasName = 'alias/orders';
    }
    const stack = new Stack(new App(), 'Stack');
    const l1 = new kms.CfnKey(stack, 'L1') as unknown as kms.IKey;
    const raw = new CfnResource(stack, 'Raw', { type: 'AWS::KMS::Key', properties: {} }) as unknown as kms.IKey;
    [l1, raw, new CorpKey(stack, 'Corp')].forEach((key, n) => {
      new OnDemandKeyRotation(stack, `Rotation${n}`, { key, ...TOKEN });
    });
    const rotated = resources(Template.fromStack(stack), ROTATION).map(
      ({ Properties }) => (Properties as { KeyArn: unknown }).KeyArn,
    );
    expect(rotated).toEqual([
      { 'Fn::GetAtt': ['L1', 'Arn'] },
      { 'Fn::GetAtt': ['Raw', 'Arn'] },
      { 'Fn::GetAtt': [expect.stringMatching('^Corp'), 'Arn'] },
    ]);
  });
});

test('a fleet that only records the first token of each key says so', () => {
  const stack = new Stack(new App(), 'Renamed');
  new kms.Key(stack, 'Key');
  new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'incident-4711', rotateOnCreate: false });
  expect(infosOf(stack)).toEqual([
    'Renamed/Fleet rotates 1 key of this stack with the token "incident-4711": Renamed/Key/Resource\n' +
      '(but records the token, and rotates nothing, if it is the first of a key: rotateOnCreate is false)',
  ]);
});

test('an attribute that changes with each token does not become an export', () => {
  const app = new App();
  const keys = new Stack(app, 'Keys');
  const rotation = new OnDemandKeyRotation(keys, 'Rotation', { key: new kms.Key(keys, 'Key'), ...TOKEN });
  new kms.CfnKey(new Stack(app, 'Audit'), 'Marker', { description: `rotated ${rotation.rotationDate}` });
  expect(() => app.synth()).toThrow(
    /\[ChangingExport\] NOT ROTATED\. Keys\/Rotation: RotationDate is exported by Keys\/Exports\/\S+, and changes with each rotation token\./,
  );
});

function pipelineOf(stack: Stack, crossAccountKeys = false): pipelines.CodePipeline {
  return new pipelines.CodePipeline(stack, 'Pipeline', {
    crossAccountKeys,
    synth: new pipelines.ShellStep('Synth', {
      input: pipelines.CodePipelineSource.codeCommit(
        codecommit.Repository.fromRepositoryName(stack, 'Repo', 'repo'),
        'main',
      ),
      commands: ['npx cdk synth'],
    }),
  });
}

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return String(error);
  }
  throw new Error('It was not refused');
}

function declarationOf(key: kms.Key): kms.CfnKey {
  return key.node.defaultChild as kms.CfnKey;
}

function override(key: kms.Key, properties: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(properties)) declarationOf(key).addPropertyOverride(name, value);
}

function infosOf(stack: Stack): unknown[] {
  const found = Annotations.fromStack(stack).findInfo('*', Match.stringLikeRegexp('rotates \\d+ key'));
  return found.map(({ entry }) => entry.data);
}
