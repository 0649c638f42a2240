import { LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { member } from '../../lambda/member';
import type { Aws } from '../aws';
import type { Gaps } from '../gaps';
import type { Io } from '../io';
import type { Period } from './period';

const DAY = 24 * 60 * 60_000;
/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html */
const REACH = 90 * DAY;
/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html: about five minutes, but not guaranteed. */
const DELIVERY = 15 * 60_000;
/** Two a second: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
const PAUSE = 500;

/** A call of RotateKeyOnDemand, or KMS's own event for a completed rotation. */
export interface TrailEvent {
  readonly at: number;
  readonly keyArn: string | undefined;
  readonly requestId: string | undefined;
  readonly caller: string | undefined;
  readonly sourceIp: string | undefined;
  readonly userAgent: string;
  readonly errorCode: string | undefined;
  /** In KMS's own event only. */
  readonly previousMaterial: string | undefined;
  readonly currentMaterial: string | undefined;
}

/** Rotations in CloudTrail's event history of one Region. */
export interface Trail {
  readonly calls: readonly TrailEvent[];
  readonly completions: readonly TrailEvent[];
  /** Whether the history covers a time completely. */
  readonly reaches: (at: number) => boolean;
}

export async function readTrail(aws: Aws, region: string, period: Period, gaps: Gaps, io: Io): Promise<Trail> {
  const now = io.now();
  const from = Math.max(period.from, now - REACH);
  const until = Math.min(period.to, now);
  // Before the history, or in the future.
  if (from > until) return { calls: [], completions: [], reaches: () => false };
  const read = (name: string) => readEvents(aws, region, name, { from, to: until }, io);
  const events = await gaps.attempt('cloudtrail:LookupEvents', region, region, async () => ({
    calls: await read('RotateKeyOnDemand'),
    completions: await read('RotateKey'),
  }));
  const reaches = (at: number) => events !== undefined && at >= from && at <= now - DELIVERY;
  return { calls: events?.calls ?? [], completions: events?.completions ?? [], reaches };
}

async function readEvents(aws: Aws, region: string, name: string, { from, to }: Period, io: Io): Promise<TrailEvent[]> {
  const events: TrailEvent[] = [];
  let NextToken: string | undefined;
  do {
    const page = await aws.cloudTrail(region).send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }],
        StartTime: new Date(from),
        EndTime: new Date(to),
        NextToken,
      }),
    );
    events.push(...(page.Events ?? []).map(({ CloudTrailEvent = '{}' }) => parseEvent(JSON.parse(CloudTrailEvent))));
    NextToken = page.NextToken;
    if (NextToken !== undefined) await io.sleep(PAUSE);
  } while (NextToken !== undefined);
  return events.sort((one, other) => one.at - other.at);
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
function parseEvent(event: unknown): TrailEvent {
  const text = (of: unknown, name: string): string | undefined => {
    const value = member(of, name);
    return typeof value === 'string' ? value : undefined;
  };
  const resources = member(event, 'resources');
  const identity = member(event, 'userIdentity');
  const details = member(event, 'serviceEventDetails') ?? member(event, 'additionalEventData');
  return {
    at: Date.parse(text(event, 'eventTime') ?? ''),
    keyArn: Array.isArray(resources) ? text(resources[0], 'ARN') : undefined,
    requestId: text(event, 'requestID'),
    caller: text(identity, 'arn') ?? text(identity, 'invokedBy'),
    sourceIp: text(event, 'sourceIPAddress'),
    userAgent: text(event, 'userAgent') ?? '',
    errorCode: text(event, 'errorCode'),
    previousMaterial: text(details, 'previousKeyMaterialId'),
    currentMaterial: text(details, 'currentKeyMaterialId'),
  };
}
