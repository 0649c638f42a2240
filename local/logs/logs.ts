import { type Call, type Environment, type Service, ServiceError } from '../wire/service';

export interface LogEvent {
  /** On the local AWS's clock, in milliseconds. */
  readonly timestamp: number;
  readonly stream: string;
  readonly message: string;
}

/** CloudWatch Logs: groups with what was written to them. What is written to a group that does not exist is lost. */
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

  /** Throws where there is no such group. */
  public events(region: string, group: string): readonly LogEvent[] {
    const events = this.groups.get(groupKey(region, group));
    if (!events) {
      throw new ServiceError('ResourceNotFoundException', 'The specified log group does not exist.');
    }
    return events;
  }

  private filter(call: Call): object {
    const input = call.input as { logGroupName: string; startTime?: number; endTime?: number; filterPattern?: string };
    if (input.filterPattern) {
      throw new ServiceError('InvalidParameterException', 'The local AWS knows no filter patterns.');
    }
    const { startTime = 0, endTime = Infinity } = input;
    return {
      events: this.events(call.region, input.logGroupName)
        .filter(({ timestamp }) => timestamp >= startTime && timestamp <= endTime)
        .map(({ timestamp, stream, message }, index) => ({
          eventId: String(index),
          logStreamName: stream,
          timestamp: Math.floor(timestamp),
          message,
        })),
    };
  }
}

function groupKey(region: string, name: string): string {
  return `${region}:${name}`;
}
