import type { RotationEvent } from '../kms/kms-service';
import type { LoggedCall } from '../wire/interception';
import { optionalMoment, optionalNumber, optionalText, page, requiredText, wireMoment } from '../wire/input';
import { type Call, type Environment, type Service, ServiceError } from '../wire/service';
import { callEvent, isManagementEvent, rotationEvent, type TrailEvent } from './trail-event';

export interface EventSources {
  readonly calls: () => readonly LoggedCall[];
  readonly completedRotations: (region: string) => readonly RotationEvent[];
}

/** Reads the value of each lookup attribute from an event. */
const ATTRIBUTES: Readonly<Record<string, (event: TrailEvent) => string | undefined>> = {
  EventId: ({ id }) => id,
  EventName: ({ name }) => name,
  ReadOnly: ({ readOnly }) => String(readOnly),
  Username: ({ username }) => username,
  ResourceType: ({ keyArn }) => (keyArn === undefined ? undefined : 'AWS::KMS::Key'),
  ResourceName: ({ keyArn }) => keyArn,
  EventSource: ({ source }) => source,
  AccessKeyId: ({ accessKeyId }) => accessKeyId,
};

/** The event history: all management events of the account, each delivered after a delay. */
export class CloudTrail {
  public readonly service: Service = {
    name: 'cloudtrail',
    protocol: 'json',
    operations: { LookupEvents: (call) => this.lookupEvents(call) },
  };

  /**
   * In milliseconds of the clock.
   * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/how-cloudtrail-works.html: typically about five minutes.
   */
  public deliveryDelay = 5 * 60_000;

  public constructor(
    private readonly environment: Environment,
    private readonly sources: EventSources,
  ) {}

  /** Newest first. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
  private lookupEvents(call: Call): object {
    const { input, region } = call;
    const from = optionalMoment(input, 'StartTime') ?? -Infinity;
    const to = optionalMoment(input, 'EndTime') ?? Infinity;
    const limit = optionalNumber(input, 'MaxResults', { min: 1, max: 50 }) ?? 50;
    const matches = lookup(input);
    const events = this.delivered(region)
      .filter((event) => event.at >= from && event.at <= to && matches(event))
      .sort((one, other) => other.at - one.at);
    const { items, next } = page(events, limit, optionalText(input, 'NextToken'), () => {
      return new ServiceError('InvalidNextTokenException', 'The specified next token is not valid.');
    });
    return { Events: items.map(describe), ...(next !== undefined && { NextToken: next }) };
  }

  private delivered(region: string): TrailEvent[] {
    const { accountId, clock } = this.environment;
    const calls = this.sources
      .calls()
      .filter((logged) => logged.region === region && isManagementEvent(logged))
      .map((logged) => callEvent(logged, accountId));
    const rotations = this.sources.completedRotations(region).map((rotation) => rotationEvent(rotation, accountId));
    return [...calls, ...rotations].filter(({ at }) => at + this.deliveryDelay <= clock.now());
  }
}

/** At most one attribute can be looked up. */
function lookup({ LookupAttributes }: Call['input']): (event: TrailEvent) => boolean {
  const attributes = (Array.isArray(LookupAttributes) ? LookupAttributes : []) as readonly Call['input'][];
  const [attribute, ...more] = attributes;
  if (!attribute) {
    return () => true;
  }
  const read = ATTRIBUTES[requiredText(attribute, 'AttributeKey')];
  if (!read || more.length > 0) {
    throw new ServiceError('InvalidLookupAttributesException', 'Exactly one known lookup attribute can be specified.');
  }
  const value = requiredText(attribute, 'AttributeValue');
  return (event) => read(event) === value;
}

function describe({ at, id, name, source, readOnly, username, accessKeyId, keyArn, record }: TrailEvent): object {
  return {
    EventId: id,
    EventName: name,
    EventTime: wireMoment(at),
    EventSource: source,
    ReadOnly: String(readOnly),
    Username: username,
    AccessKeyId: accessKeyId,
    Resources: keyArn === undefined ? [] : [{ ResourceType: 'AWS::KMS::Key', ResourceName: keyArn }],
    CloudTrailEvent: JSON.stringify(record),
  };
}
