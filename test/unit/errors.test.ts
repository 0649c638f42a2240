import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { budgetRefused, ineligibility, unexpectedMaterial } from '../../lambda/eligibility';
import * as failures from '../../lambda/failures';
import type { KeyState } from '../../lambda/key-state';
import type { Claimed, Refused, Requested } from '../../lambda/ledger-record';
import type { Sentence } from '../../lib/sentence';
import * as synthFailures from '../../lib/synth-failures';
import * as warningsOf from '../../lib/warnings';

const ROOT = path.join(__dirname, '..', '..');
const ACCOUNT = '123456789012';
const REGION = 'eu-central-1';
const KEY_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const ALIAS_ARN = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`;
/** More than any sentence of synthesis names. */
const THINGS = ['one', 'two', 'three', 'four'];
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
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.endsWith('protocol.ts'))
    .map((file) => readFileSync(file, 'utf8'));
  const code = /(?:\bstop\(\s*'|\bwarn\(\s*\w+,\s*'|STACK_WITHOUT_ASSETS = '|\bcode: ')(\w+)'/g;
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

/** Each sentence of synthesis, with some text for each thing of the user's. */
function atSynth(): Said[] {
  return Object.values(synthFailures)
    .filter((each) => typeof each === 'function')
    .map((failure) => {
      const sentence = (failure as (...things: string[]) => Sentence)(...THINGS);
      return { code: sentence.code, sentence: plain(sentence) };
    });
}

function warnings(): Said[] {
  return Object.values(warningsOf).flatMap((warn) => {
    const stack = new Stack(new App(), 'Stack');
    (warn as (construct: Stack, ...things: string[]) => void)(stack, ...THINGS);
    return stack.node.metadata.flatMap(({ data }) => {
      const [, sentence, code] = /^(.*) \[ack: cdk-on-demand-key-rotation:(\w+)\]$/.exec(String(data)) ?? [];
      return sentence === undefined || code === undefined ? [] : [{ sentence, code }];
    });
  });
}
