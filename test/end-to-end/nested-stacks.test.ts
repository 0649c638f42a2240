/** The real construct and the real handler in nested stacks, deployed through CloudFormation's API. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnResource, NestedStack, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider } from '../../lib';
import type { Key } from '../../local/kms/key';
import { LocalAws } from '../../local/local-aws';
import { CloudFormationClient } from '../../tools/compare/cloudformation-client';
import { ACCOUNT, REGION } from '../wire/events';

const PLACE = { account: ACCOUNT, region: REGION };

interface Version {
  readonly token: string;
  /** The provider is in the parent, in its own nested stack, or the default one. */
  readonly provider?: 'above' | 'beside' | 'default';
  /** Another resource of the parent fails after the key has rotated. */
  readonly fails?: boolean;
  /** The rotation's nested stack is removed. */
  readonly gone?: boolean;
}

let scratch: string;
let aws: LocalAws;
let client: CloudFormationClient;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'nested-stacks-'));
  aws = await LocalAws.start({ region: REGION, rotationTime: 2, timeScale: 'virtual' });
  const app = new App({ outdir: join(scratch, 'assembly'), analyticsReporting: false, treeMetadata: false });
  const key = aws.kms.createKey(REGION);
  for (const provider of ['above', 'beside', 'default'] as const) {
    const { arn } = provider === 'above' ? key : aws.kms.createKey(REGION);
    keys.set(provider, aws.kms.key(REGION, arn));
    declare(app, `${provider}-A`, arn, { token: 'A', provider });
    declare(app, `${provider}-B`, arn, { token: 'B', provider });
    declare(app, `${provider}-gone`, arn, { token: 'B', provider, gone: true });
  }
  declare(app, 'above-C-fails', key.arn, { token: 'C', provider: 'above', fails: true });
  const late = aws.kms.createKey(REGION);
  keys.set('late', aws.kms.key(REGION, late.arn));
  declare(app, 'late', late.arn, { token: 'late', provider: 'above' });
  client = new CloudFormationClient(aws, PLACE, app.synth().directory);
});

afterAll(async () => {
  await aws.stop();
  rmSync(scratch, { recursive: true });
});

const keys = new Map<string, Key>();

function declare(app: App, id: string, keyArn: string, { token, provider: where, fails, gone }: Version): void {
  const parent = new Stack(app, id, { env: PLACE });
  new CfnResource(parent, 'Kept', {
    type: 'AWS::SSM::Parameter',
    properties: { Type: 'String', Value: fails ? 'x'.repeat(5000) : 'fine' },
  });
  const home = where === 'beside' ? new NestedStack(parent, 'Platform') : parent;
  const provider = where === 'default' ? undefined : new OnDemandKeyRotationProvider(home, 'Provider');
  if (gone) return;
  const child = new NestedStack(parent, 'Child');
  const key = kms.Key.fromKeyArn(child, 'Key', keyArn);
  new OnDemandKeyRotation(child, 'Rotation', { key, rotationToken: token, rotateOnCreate: true, provider });
  if (fails) parent.node.findChild('Kept').node.addDependency(child);
}

const rotations = (where: string): number => keys.get(where)?.rotations.length ?? -1;
const requested = (): string[] =>
  aws.lambda.invocations.map(({ event }) => (event as { RequestType: string }).RequestType);

test.each(['above', 'beside', 'default'])(
  'with its provider %s, each token rotates once, and removal rotates nothing',
  async (where) => {
    expect(await client.deploy(where, `${where}-A`)).toBe('CREATE_COMPLETE');
    expect(rotations(where)).toBe(1);
    expect(await client.deploy(where, `${where}-B`)).toBe('UPDATE_COMPLETE');
    expect(rotations(where)).toBe(2);
    if (where === 'above') {
      expect(await client.deploy(where, 'above-C-fails')).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(rotations(where)).toBe(3);
      expect(requested().slice(-2)).toEqual(['Update', 'Update']);
      expect(await client.deploy(where, 'above-A')).toBe('UPDATE_COMPLETE');
      expect(rotations(where)).toBe(3);
    }
    expect(await client.deploy(where, `${where}-gone`)).toBe('UPDATE_COMPLETE');
    expect(requested().at(-1)).toBe('Delete');
    expect(aws.lambda.dropped).toEqual([]);
    expect(await client.delete(where)).toBe('DELETE_COMPLETE');
    expect(rotations(where)).toBe(where === 'above' ? 3 : 2);
  },
);

test('a request that Lambda queued for nearly an hour fails before anything is rotated', async () => {
  const deliver = aws.lambda.invokeAsync.bind(aws.lambda);
  const late = jest.spyOn(aws.lambda, 'invokeAsync').mockImplementation((name, event, region) => {
    const { ResponseURL } = event as { ResponseURL: string };
    return deliver(name, { ...(event as object), ResponseURL: signedEarlier(ResponseURL, 56) }, region);
  });
  expect(await client.deploy('late', 'late')).toBe('ROLLBACK_COMPLETE');
  const reasons = aws.cloudFormation
    .stack('late')
    .events.map(({ ResourceStatusReason }) => ResourceStatusReason)
    .join('\n');
  late.mockRestore();
  expect(reasons).toContain('Embedded stack');
  const child = aws.cloudFormation.find(/arn:\S+:stack\/late-Child\S+/.exec(reasons)?.[0] ?? '');
  expect(child?.events.map(({ ResourceStatusReason }) => ResourceStatusReason).join('\n')).toMatch(
    /\[QueuedTooLong\] NOT ROTATED[^]*waited 56 minutes/,
  );
  expect(rotations('late')).toBe(0);
});

/** The URL as if CloudFormation had signed it `minutes` minutes earlier. */
function signedEarlier(url: string, minutes: number): string {
  const signed = new URL(url);
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(signed.searchParams.get('X-Amz-Date') ?? '') ?? [];
  const at = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`);
  signed.searchParams.set('X-Amz-Date', new Date(at - minutes * 60_000).toISOString().replace(/[-:]|\.\d+/g, ''));
  return signed.href;
}
