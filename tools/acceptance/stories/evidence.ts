/** The evidence that a rotation leaves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnOutput, aws_events_targets as targets, aws_sqs as sqs } from 'aws-cdk-lib';
import { OnDemandKeyRotationProvider } from '../../../lib';
import { Unexpected, expectEqual } from '../expectations';
import type { Story } from '../part';
import type { Stage, TestKey } from '../stage';
import { addRotation, outputOf } from './rotating';

export const evidence: Story = {
  kind: 'story',
  name: 'evidence',
  chapter: 'Around it',
  needs: { keys: 1, rotations: 1, stacks: 1, minutes: 30 },
  steps: [
    {
      name: 'cloudtrail',
      item: 'the CloudTrail query of [Evidence](operations.md#who-did-it-cloudtrail), with events',
      expected:
        "one accepted `RotateKeyOnDemand`; its `requestID` stands in the ledger's record, its user agent names this package",
    },
    {
      name: 'logs-insights',
      item: 'the query of [Operations](operations.md#logs-insights) in Logs Insights',
      expected: 'rows that end with the answer',
    },
    {
      name: 'event',
      item: 'the event of `onKeyRotated`',
      expected: 'comes once for each rotation',
    },
  ],
  async run(stage) {
    const key = await stage.newKey();
    const deployed = await stage.succeed({
      [stage.stackName()]: (stack) => {
        const rotation = addRotation(stack, { key, token: 'first', rotateOnCreate: true });
        const queue = new sqs.Queue(stack, 'Events');
        const rule = rotation.onKeyRotated('OnKeyRotated', { target: new targets.SqsQueue(queue) });
        const { logGroup } = OnDemandKeyRotationProvider.getOrCreate(stack).function;
        new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
        new CfnOutput(stack, 'RuleName', { value: rule.ruleName });
        new CfnOutput(stack, 'LogGroupName', { value: logGroup.logGroupName });
      },
    });
    await stage.expectRotations(key, 1);
    await stage.step('cloudtrail', () => lookUpCall(stage, key));
    await stage.step('logs-insights', () => askInsights(stage, key, outputOf(deployed, 'LogGroupName')));
    await stage.step('event', () =>
      receiveEvents(stage, key, outputOf(deployed, 'RuleName'), outputOf(deployed, 'QueueUrl')),
    );
  },
};

interface TrailRecord {
  readonly requestID?: string;
  readonly errorCode?: string;
  readonly userAgent?: string;
}

/** The lookup filters by event name only, so a page may be full of other keys' events. */
export async function trailOf(stage: Stage, key: TestKey, eventName: string): Promise<TrailRecord[]> {
  const found: TrailRecord[] = [];
  let NextToken: string | undefined;
  do {
    const page = await stage.calls.cloudTrail().lookupEvents({
      LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: eventName }],
      StartTime: new Date(stage.options.file.state.startedAt),
      NextToken,
    });
    const texts = (page.Events ?? []).map(({ CloudTrailEvent = '{}' }) => CloudTrailEvent);
    found.push(...texts.filter((text) => text.includes(key.id)).map((text) => JSON.parse(text) as TrailRecord));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

async function lookUpCall(stage: Stage, key: TestKey): Promise<void> {
  const isThere = async (): Promise<boolean> => (await trailOf(stage, key, 'RotateKeyOnDemand')).length > 0;
  if (!(await stage.until(isThere, { every: 15 })))
    throw new Unexpected(`CloudTrail has shown no RotateKeyOnDemand of key ${key.arn} within 20 minutes.`);
  const accepted = (await trailOf(stage, key, 'RotateKeyOnDemand')).filter(({ errorCode }) => errorCode === undefined);
  const rotated = (await stage.ledger(key)).find((record) => record.state === 'rotated');
  expectEqual(
    'the request IDs in CloudTrail',
    accepted.map(({ requestID }) => requestID),
    [rotated?.kmsRequestId],
  );
  if (!accepted.every(({ userAgent }) => userAgent?.includes('cdk-on-demand-key-rotation/')))
    throw new Unexpected(`The user agent does not name this package: ${accepted[0]?.userAgent ?? 'none'}`);
}

/** The first query of the page, for this key. */
function documentedQuery(key: TestKey): string {
  const page = readFileSync(join(process.cwd(), 'docs', 'operations.md'), 'utf8');
  const [, query] = /## Logs Insights[^]*?```\n([^]*?)```/.exec(page) ?? [];
  if (query === undefined) throw new Error('docs/operations.md no longer shows a query.');
  return query.replace(/\/[0-9a-f]{8}-[0-9a-f-]+\//, `/${key.id}/`);
}

async function askInsights(stage: Stage, key: TestKey, logGroupName: string): Promise<void> {
  const logs = stage.calls.logs();
  const ask = async (): Promise<number> => {
    const { queryId } = await logs.startQuery({
      logGroupName,
      queryString: documentedQuery(key),
      startTime: Math.floor(Date.parse(stage.options.file.state.startedAt) / 1000),
      endTime: Math.ceil(stage.now() / 1000),
    });
    let answer = await logs.getQueryResults({ queryId });
    while (answer.status === 'Running' || answer.status === 'Scheduled') {
      await stage.sleep(1);
      answer = await logs.getQueryResults({ queryId });
    }
    return answer.results?.length ?? 0;
  };
  if (!(await stage.until(async () => (await ask()) > 0, { every: 15 })))
    throw new Unexpected(`Logs Insights finds nothing of key ${key.arn} in ${logGroupName}.`);
}

/** How long to wait for a second event, in seconds. */
const SECOND_EVENT = 300;

async function receiveEvents(stage: Stage, key: TestKey, ruleName: string, QueueUrl: string): Promise<void> {
  const { State } = await stage.calls.events().describeRule({ Name: ruleName });
  expectEqual('the state of the rule', State, 'ENABLED');
  let received = 0;
  const receive = async (): Promise<void> => {
    const { Messages = [] } = await stage.calls.sqs().receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
    received += Messages.filter(({ Body = '' }) => Body.includes(key.id)).length;
    for (const { ReceiptHandle } of Messages) await stage.calls.sqs().deleteMessage({ QueueUrl, ReceiptHandle });
  };
  const came = await stage.until(
    async () => {
      await receive();
      return received > 0;
    },
    { every: 5 },
  );
  if (!came) throw new Unexpected(`No event of key ${key.arn} has come within 20 minutes.`);
  for (const end = stage.now() + SECOND_EVENT * 1000; stage.now() < end;) {
    await stage.sleep(10);
    await receive();
  }
  expectEqual('events of one rotation', received, 1);
}
