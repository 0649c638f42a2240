import { randomUUID } from 'node:crypto';

export const REGION = 'eu-central-1';
export const ACCOUNT = '123456789012';

export type Event = Readonly<Record<string, unknown>>;

/** Creates events as CloudFormation sends them, with response URLs below `responseUrl`. */
export class Events {
  public constructor(
    private readonly responseUrl: string,
    private readonly serviceToken = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:provider`,
  ) {}

  public create(keyArn: string, token: string, more?: Event): Event {
    return this.event('Create', keyArn, token, more);
  }

  public update(keyArn: string, oldToken: string, token: string, more?: Event): Event {
    return this.event('Update', keyArn, token, { OldResourceProperties: this.properties(keyArn, oldToken), ...more });
  }

  public delete(keyArn: string, token: string): Event {
    return this.event('Delete', keyArn, token);
  }

  /** Merges `more` into the event, and its `ResourceProperties` into the event's. */
  public event(RequestType: string, keyArn: string, token: string, more: Event = {}): Event {
    const { ResourceProperties, ...rest } = more;
    return {
      RequestType,
      ResponseURL: `${this.responseUrl}/${randomUUID()}`,
      StackId: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/app/6f0a0d10`,
      RequestId: randomUUID(),
      ResourceType: 'Custom::OnDemandKeyRotation',
      LogicalResourceId: 'Rotation',
      ...(RequestType !== 'Create' && { PhysicalResourceId: 'Rotation' }),
      ResourceProperties: { ...this.properties(keyArn, token), ...(ResourceProperties as object | undefined) },
      ...rest,
    };
  }

  private properties(keyArn: string, token: string): Record<string, string> {
    return {
      ServiceToken: this.serviceToken,
      KeyArn: keyArn,
      RotationToken: token,
      RotateOnCreate: 'true',
      CompletionTimeout: '600',
      ReservedRotations: '5',
    };
  }
}
