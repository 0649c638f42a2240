import { optionalNumber, optionalText, page, requiredText, requiredTexts } from '../wire/input';
import { type Call, type Environment, type Service, ServiceError } from '../wire/service';

export interface LogEvent {
  /** On the local AWS's clock, in milliseconds. */
  readonly timestamp: number;
  readonly stream: string;
  readonly message: string;
}

/** Per response of FilterLogEvents. */
const MAX_EVENTS = 10_000;

/** CloudWatch Logs. Events written to a group that does not exist are lost. */
export class Logs {
  private readonly groups = new Map<string, LogEvent[]>();

  public constructor(private readonly environment: Environment) {}

  public readonly service: Service = {
    name: 'logs',
    protocol: 'json',
    operations: { FilterLogEvents: (call) => this.filter(call) },
  };

  public createGroup(region: string, name: string): void {
    if (this.groups.has(groupKey(region, name))) {
      throw new ServiceError('ResourceAlreadyExistsException', 'The specified log group already exists');
    }
    this.groups.set(groupKey(region, name), []);
  }

  public hasGroup(region: string, name: string): boolean {
    return this.groups.has(groupKey(region, name));
  }

  public deleteGroup(region: string, name: string): void {
    this.groups.delete(groupKey(region, name));
  }

  public write(region: string, group: string, stream: string, message: string): void {
    this.groups.get(groupKey(region, group))?.push({ timestamp: this.environment.clock.now(), stream, message });
  }

  /** Throws if there is no such group. */
  public events(region: string, group: string): readonly LogEvent[] {
    const events = this.groups.get(groupKey(region, group));
    if (!events) {
      throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    return events;
  }

  private filter({ region, input }: Call): object {
    if (optionalText(input, 'filterPattern', { min: 0 })) {
      throw invalidParameter('The local AWS does not support filter patterns.');
    }
    const streams = input.logStreamNames === undefined ? undefined : requiredTexts(input, 'logStreamNames', 100);
    const from = optionalNumber(input, 'startTime') ?? 0;
    const to = optionalNumber(input, 'endTime') ?? Infinity;
    const limit = optionalNumber(input, 'limit') ?? MAX_EVENTS;
    if (limit > MAX_EVENTS) {
      throw invalidParameter(
        `1 validation error detected: Value '${limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to ${MAX_EVENTS}`,
      );
    }
    const events = this.events(region, requiredText(input, 'logGroupName'))
      .filter(({ timestamp }) => timestamp >= from && timestamp <= to)
      .filter(({ stream }) => streams?.includes(stream) ?? true)
      .map(({ timestamp, stream, message }, index) => ({
        eventId: String(index),
        logStreamName: stream,
        timestamp: Math.floor(timestamp),
        message,
      }));
    const { items, next } = page(events, limit, optionalText(input, 'nextToken'), () =>
      invalidParameter('The specified nextToken is invalid.'),
    );
    return { events: items, ...(next !== undefined && { nextToken: next }) };
  }
}

function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}

function groupKey(region: string, name: string): string {
  return `${region}:${name}`;
}
