import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import {
  App,
  CfnParameter,
  Duration,
  Fn,
  Lazy,
  Stack,
  Stage,
  aws_iam as iam,
  aws_kms as kms,
  aws_lambda as lambda,
  aws_logs as logs,
  aws_sqs as sqs,
} from 'aws-cdk-lib';
import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { budgetRefused, ineligibility, unexpectedMaterial } from '../../lambda/eligibility';
import * as failures from '../../lambda/failures';
import type { KeyState } from '../../lambda/key-state';
import type { Claimed, Refused, Requested } from '../../lambda/ledger-record';
import {
  OnDemandKeyRotation,
  OnDemandKeyRotationFleet,
  OnDemandKeyRotationProvider,
  type OnDemandKeyRotationProps,
  type OnDemandKeyRotationProviderProps,
} from '../../lib';
import { ValidationError } from '../../lib/validation-error';

const ROOT = path.join(__dirname, '..', '..');
const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const ALIAS_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`;
const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/provider`;

/** What is said, by the code of the entry that explains it. */
interface Said {
  readonly code: string;
  readonly sentence: string;
}

const CATALOGUE = path.join('docs', 'errors.md');
const catalogue = readFileSync(path.join(ROOT, CATALOGUE), 'utf8');
const entries = readEntries(catalogue);
const said = [...inDeployments(), ...atSynth(), ...warnings()];

test('every code in the sources has an entry, and every entry is about a code in the sources', () => {
  expect([...new Set(codesIn('lib', 'lambda'))].sort()).toEqual([...entries.keys()].sort());
});

test('an entry has a sentence for each place in the sources that gives its code', () => {
  const places = codesIn('lib', 'lambda');
  const lacking = [...entries].filter(
    ([code, sentences]) => sentences.length < places.filter((place) => place === code).length,
  );
  expect(lacking.map(([code]) => code)).toEqual([]);
});

test("what is said stands in the catalogue to the letter, but for what is of the user's", () => {
  const unexplained = said.filter(
    ({ code, sentence }) => !entries.get(code)?.some((documented) => pattern(documented).test(sentence)),
  );
  expect(unexplained).toEqual([]);
});

test('what stands in the catalogue is said', () => {
  const silent = [...entries].flatMap(([code, sentences]) =>
    sentences.filter(
      (documented) => !said.some((each) => each.code === code && pattern(documented).test(each.sentence)),
    ),
  );
  expect(silent).toEqual([]);
});

test('links into the catalogue lead to an entry', () => {
  const anchors = headings().map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  const files = ['.', 'docs'].flatMap((folder) =>
    readdirSync(path.join(ROOT, folder)).map((file) => path.join(folder, file)),
  );
  const links = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => {
      const link = file === CATALOGUE ? /\]\(#([\w-]+)\)/g : /errors\.md#([\w-]+)/g;
      return [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(link)].map(([, anchor = '']) => anchor);
    });
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((anchor) => !anchors.includes(anchor))).toEqual([]);
});

function headings(): string[] {
  return [...catalogue.matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) => heading);
}

/** The sentences of each entry, by its heading. */
function readEntries(markdown: string): Map<string, string[]> {
  const sections = markdown.split(/^##+ /m).slice(1);
  return new Map(
    sections.flatMap((section) => {
      const sentences = [...section.matchAll(/^> (.+)$/gm)].map(([, sentence = '']) =>
        sentence
          .replace(/\\([<*])/g, '$1')
          .replace(/`` (.+?) ``/g, '$1')
          .replaceAll('`', ''),
      );
      const heading = section.slice(0, section.indexOf('\n')).replace(' (warning)', '');
      return sentences.length === 0 ? [] : [[heading, sentences] as const];
    }),
  );
}

/** `<…>` stands for anything, `[…]` for what may be left out, `[…|…]` for one of several; the brackets of JSON for themselves. */
function pattern(documented: string): RegExp {
  const escape = (text: string) => text.replace(/[.*+?^${}()[\]\\]/g, '\\$&').replace(/<[^>]+>/g, '.+?');
  const parts = documented.split(/(?<!:)\[([^\]]*)\]/).map((part, i) => {
    if (i % 2 === 0) return escape(part);
    return part.includes('|') ? `(?:${part.split('|').map(escape).join('|')})` : `(?:${escape(part)})?`;
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** The code at each place that refuses, fails or warns. */
function codesIn(...folders: string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder)).map((file) => path.join(ROOT, folder, file)),
  );
  const sources = files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
    .map((file) => readFileSync(file, 'utf8'));
  const code =
    /(?:\brefuse\(\s*\w+,\s*'|new Failure\(\s*'|\bineligible\(\s*'|\bcode: '|addWarningV2\(\s*`\$\{NAMESPACE\}:)(\w+)['`]/g;
  return sources.flatMap((source) => [...source.matchAll(code)].map(([, name = '']) => name));
}

function inDeployments(): Said[] {
  const error = Object.assign(new Error('some text.'), { name: 'SomeException' });
  const subject = { keyArn: KEY_ARN, keyId: '1234', region: REGION, token: 'A' };
  const parameter = '/on-demand-key-rotation/1234/1';
  const claim = { number: 1, token: 'A', requestId: 'request' } as Claimed;
  const at = Date.UTC(2026, 10, 22);
  const all = [
    failures.malformed('RotationToken', undefined, 'a text that is not empty'),
    failures.tokenRefused('is empty', 256),
    failures.aliasArn(ALIAS_ARN),
    failures.otherAccount(KEY_ARN, '444455556666'),
    ...ineligibleKeys(),
    failures.keyMaterialUnnamed(KEY_ARN),
    unexpectedMaterial(KEY_ARN, keyState({ Origin: 'EXTERNAL' }), 'abcd'),
    unexpectedMaterial(KEY_ARN, keyState({}), 'abcd'),
    ...[20, 25].map((used) => budgetRefused(KEY_ARN, keyState({}), used, 5)),
    ...(['missing', 'refused', 'ambiguous'] as const).map((fault) =>
      failures.keyUnreadable(fault, KEY_ARN, ROLE_ARN, error),
    ),
    ...denials('kms:DescribeKey').map((denial) => failures.keyUnreadable('denied', KEY_ARN, ROLE_ARN, denial)),
    ...denials('kms:RotateKeyOnDemand').map((denial) => failures.rotationDenied(KEY_ARN, ROLE_ARN, denial)),
    ...denials('ssm:PutParameter').map((denial) => failures.ledgerUnreachable('1234', REGION, ROLE_ARN, denial)),
    failures.ledgerUnreachable('1234', REGION, ROLE_ARN, error),
    failures.rotationRefused(KEY_ARN, error),
    failures.limitReached(KEY_ARN, error),
    failures.throttled(KEY_ARN),
    failures.automaticRotation(KEY_ARN, undefined),
    failures.automaticRotation(KEY_ARN, new Date(at)),
    failures.refusedBefore(KEY_ARN, [{ reason: 'Key is disabled.' } as Refused], at),
    failures.kmsLagging(KEY_ARN),
    failures.notInForce(KEY_ARN, at),
    failures.notInForce(KEY_ARN, undefined),
    failures.unanswered(KEY_ARN, at),
    failures.openClaim(subject, claim, at),
    failures.openClaim(subject, { ...claim, token: 'B' }, at),
    failures.anotherRequest(subject, claim),
    failures.anotherRequest(subject, { ...claim, token: 'B' }),
    failures.neverShown(KEY_ARN, { number: 2 } as Requested),
    failures.anotherRotation(KEY_ARN),
    failures.timeIsUp(KEY_ARN),
    failures.queuedTooLong(KEY_ARN, 57),
    ...(['stray', 'changed', 'unreadable'] as const).map((kind) =>
      failures.ledgerDamaged(subject, { kind, parameter }),
    ),
    failures.ledgerIncomplete(subject, parameter),
    failures.ledgerOverwritten(REGION, parameter),
    failures.unexpected(error),
  ];
  return all.flatMap((failure) => (failure ? [{ code: failure.code, sentence: plain(failure.sentence) }] : []));
}

/** As the catalogue has it: without the frame, which is the same for all. */
function plain({ what, run, then }: failures.Failure['sentence']): string {
  return [
    what,
    ...(run === undefined ? [] : ['Run:', run.replaceAll('`', '')]),
    ...(then === undefined ? [] : [then]),
  ].join(' ');
}

function ineligibleKeys() {
  const pending = { KeyMaterialId: 'abcd', KeyMaterialState: 'PENDING_ROTATION', ImportState: 'IMPORTED' } as const;
  const replicas = [{ Arn: KEY_ARN, Region: 'us-east-1' }];
  const imported = {
    Origin: 'EXTERNAL',
    MultiRegionConfiguration: { MultiRegionKeyType: 'PRIMARY', ReplicaKeys: replicas },
  } as const;
  const states = [
    keyState({ KeyManager: 'AWS' }),
    keyState({ KeySpec: 'HMAC_256' }),
    keyState({ KeyUsage: 'SIGN_VERIFY' }),
    keyState({ Origin: 'AWS_CLOUDHSM' }),
    keyState({
      MultiRegionConfiguration: { MultiRegionKeyType: 'REPLICA', PrimaryKey: { Arn: KEY_ARN, Region: REGION } },
    }),
    ...(['Disabled', 'PendingReplicaDeletion', 'PendingImport', 'Updating'] as const).map((KeyState) =>
      keyState({ KeyState }),
    ),
    keyState({ KeyState: 'PendingDeletion', DeletionDate: new Date() }),
    keyState(imported),
    keyState(imported, { ...pending, KeyMaterialState: 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION' }),
    keyState(imported, { ...pending, ImportState: 'PENDING_IMPORT' }),
    keyState(imported, { ...pending, ValidTo: new Date(0) }),
  ];
  return states.map((state) => ineligibility(KEY_ARN, state, Date.now()));
}

function keyState(metadata: Partial<KeyState['metadata']>, pendingMaterial?: KeyState['pendingMaterial']): KeyState {
  return {
    metadata: {
      KeyId: '1234',
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      KeyState: 'Enabled',
      Origin: 'AWS_KMS',
      ...metadata,
    },
    seenAt: 0,
    rotating: false,
    startDate: undefined,
    nextAutomaticRotation: undefined,
    rotations: [],
    pendingMaterial,
  };
}

function denials(action: string): Error[] {
  const reasons = [
    ...['resource-based policy', 'identity-based policy', 'permissions boundary'].map(
      (kind) => `because no ${kind} allows the ${action} action`,
    ),
    'with an explicit deny in a service control policy',
  ];
  const messages = reasons.map(
    (reason) => `User: ${ROLE_ARN} is not authorized to perform: ${action} on resource: ${KEY_ARN} ${reason}`,
  );
  return [...messages, 'UnknownError'].map((message) =>
    Object.assign(new Error(message), { name: 'AccessDeniedException' }),
  );
}

function atSynth(): Said[] {
  const rotations: ((stack: Stack) => Partial<Record<keyof OnDemandKeyRotationProps, unknown>>)[] = [
    ...[undefined, 4711, '', 'x'.repeat(257), 'x '].map((rotationToken) => () => ({ rotationToken })),
    () => ({ completionTimeout: Duration.minutes(Lazy.number({ produce: () => 5 })) }),
    () => ({ completionTimeout: Duration.hours(1) }),
    (stack) => ({ reservedRotations: new CfnParameter(stack, 'Reserve', { type: 'Number' }).valueAsNumber }),
    () => ({ reservedRotations: -1 }),
    () => ({ expectedKeyMaterialId: 'ABCD' }),
    (stack) => ({ key: new kms.Key(stack, 'Own'), expectedKeyMaterialId: '0'.repeat(64) }),
    (stack) => ({ key: kms.Alias.fromAliasName(stack, 'Alias', 'alias/mine') }),
    (stack) => ({ key: kms.Key.fromKeyArn(stack, 'Topic', `arn:aws:sns:${REGION}:${ACCOUNT}:key/topic`) }),
    (stack) => ({ key: kms.Key.fromKeyArn(stack, 'Foreign', KEY_ARN.replace(ACCOUNT, '444455556666')) }),
    (stack) => ({
      key: new kms.Key(stack, 'Spec', { keySpec: kms.KeySpec.HMAC_256, keyUsage: kms.KeyUsage.GENERATE_VERIFY_MAC }),
    }),
    (stack) => ({ key: l1(stack, { keyUsage: 'SIGN_VERIFY' }) }),
    (stack) => ({ key: l1(stack, { origin: 'AWS_CLOUDHSM' }) }),
    ...[KEY_ARN, Fn.importValue('Primary')].map((primary) => (stack: Stack) => ({ key: replica(stack, primary) })),
    (stack) => {
      new Construct(stack, 'OnDemandKeyRotationProvider');
      return {};
    },
    () => ({ provider: new OnDemandKeyRotationProvider(new Stack(new App(), 'Elsewhere'), 'Provider') }),
  ];
  const providers: ((stack: Stack) => OnDemandKeyRotationProviderProps)[] = [
    () => ({ runtime: lambda.Runtime.PYTHON_3_12 }),
    (stack) => ({ role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::444455556666:role/foreign') }),
    () => ({ reservedConcurrentExecutions: 0 }),
    (stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Queue', { fifo: true }) }),
    (stack) => ({
      logGroup: logs.LogGroup.fromLogGroupName(stack, 'Logs', 'mine'),
      logRetention: logs.RetentionDays.ONE_DAY,
    }),
    () => ({ noProxy: ['.internal'] }),
    () => ({ httpsProxy: 'proxy:3128' }),
    () => ({ httpsProxy: 'http://proxy:3128', runtime: lambda.Runtime.NODEJS_20_X }),
  ];
  return [
    ...rotations.map((props) => refusal((stack) => rotate(stack, props(stack)))),
    ...providers.map((props) => refusal((stack) => new OnDemandKeyRotationProvider(stack, 'Provider', props(stack)))),
    refusal((stack) => {
      const key = kms.Key.fromKeyArn(stack, 'OtherRegion', KEY_ARN.replace(REGION, 'us-east-1'));
      rotate(stack, { key }).onKeyRotated('Event');
    }),
    refusal((stack) => {
      rotate(stack, {});
      OnDemandKeyRotationProvider.getOrCreate(stack, { reservedConcurrentExecutions: 1 });
    }),
    refusal((stack) => {
      const provider = OnDemandKeyRotationProvider.getOrCreate(stack);
      new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'x', provider, providerProps: {} });
    }),
    ...[{}, { ruleName: 'mine', target: { bind: () => ({ arn: KEY_ARN }) } }].map((options) =>
      refusal((stack) => {
        new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'x' }).onKeyRotated('Event', options);
      }),
    ),
    refusal(
      (stack) => new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'x', keyArns: [Fn.importValue('Key')] }),
    ),
    refusal(() => new OnDemandKeyRotationFleet(new App(), 'Fleet', { rotationToken: 'x', keyArns: [KEY_ARN] })),
    refusal(() => {
      const app = new App();
      new OnDemandKeyRotationFleet(app, 'Fleet', { rotationToken: 'x' });
      new Stage(app, 'Stage');
      app.synth();
    }),
  ];
}

function refusal(act: (stack: Stack) => unknown): Said {
  try {
    act(newStack());
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return { code: error.code, sentence: error.message.slice(error.message.indexOf(': ') + 2) };
  }
  throw new Error(`Nothing was refused by ${String(act)}`);
}

function warnings(): Said[] {
  const stack = newStack();
  const key = new kms.Key(stack, 'Disabled', { enabled: false });
  rotate(stack, { key });
  rotate(stack, { key, rotationToken: 'y' });
  new kms.Key(stack, 'OfFleet');
  new OnDemandKeyRotationFleet(stack, 'Fleet', { rotationToken: 'x' });
  const found = Annotations.fromStack(stack).findWarning('*', Match.anyValue());
  return found.flatMap(({ entry }) => {
    const [, sentence, code] =
      /^(.*) \[ack: cdk-on-demand-key-rotation:(\w+)\]/.exec(typeof entry.data === 'string' ? entry.data : '') ?? [];
    return sentence === undefined || code === undefined ? [] : [{ sentence, code }];
  });
}

function newStack(): Stack {
  return new Stack(new App(), 'Stack', { env: { account: ACCOUNT, region: REGION } });
}

function rotate(stack: Stack, props: Partial<Record<keyof OnDemandKeyRotationProps, unknown>>): OnDemandKeyRotation {
  const id = `Rotation${stack.node.children.length}`;
  const key = 'key' in props ? undefined : kms.Key.fromKeyArn(stack, 'Key', KEY_ARN);
  return new OnDemandKeyRotation(stack, id, { key, rotationToken: 'x', ...props } as OnDemandKeyRotationProps);
}

function l1(stack: Stack, props: kms.CfnKeyProps): kms.IKey {
  return kms.Key.fromCfnKey(new kms.CfnKey(stack, 'L1', { keyPolicy: { Statement: [] }, ...props }));
}

function replica(stack: Stack, primaryKeyArn: string): kms.IKey {
  return kms.Key.fromKeyArn(
    stack,
    'Imported',
    new kms.CfnReplicaKey(stack, 'Replica', { keyPolicy: {}, primaryKeyArn }).attrArn,
  );
}
