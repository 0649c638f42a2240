import { createHash } from 'node:crypto';
import { LocalAws, type LocalAwsOptions } from '../../../../local/local-aws';
import type { StackEvent } from '../../../../local/cloudformation/stack';

export const REGION = 'eu-central-1';

export type Resources = Readonly<Record<string, unknown>>;

/** An event that a custom resource's function has received. */
export interface ReceivedEvent {
  readonly RequestType: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
}

/** An error response of CloudFormation. */
export class ValidationError extends Error {}

/** A local AWS, called over HTTP in CloudFormation's query protocol. */
export class Client {
  private constructor(public readonly aws: LocalAws) {}

  public static async start(options: LocalAwsOptions = {}): Promise<Client> {
    return new Client(await LocalAws.start({ region: REGION, ...options }));
  }

  /** Returns the response's XML, and throws the message of an error. */
  public async call(Action: string, input: Readonly<Record<string, string>>): Promise<string> {
    const response = await fetch(this.aws.url, {
      method: 'POST',
      headers: { authorization: signature('cloudformation') },
      body: new URLSearchParams({ Action, Version: '2010-05-15', ...input }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new ValidationError(elements(text, 'Message')[0]);
    }
    return text;
  }

  public async deploy(
    action: 'CreateStack' | 'UpdateStack',
    resources: Resources,
    more: Resources = {},
    input: Record<string, string> = {},
  ): Promise<string> {
    await this.begin(action, resources, more, input);
    return this.settled();
  }

  public async begin(
    action: string,
    resources: Resources,
    more: Resources = {},
    input: Record<string, string> = {},
  ): Promise<void> {
    await this.call(action, {
      StackName: 'Stack',
      TemplateBody: JSON.stringify({ Resources: resources, ...more }),
      'Capabilities.member.1': 'CAPABILITY_NAMED_IAM',
      ...input,
    });
  }

  public async delete(): Promise<string> {
    await this.call('DeleteStack', { StackName: 'Stack' });
    return this.settled();
  }

  /** Uploads a template as the CLI does for nested stacks, and returns its TemplateURL. */
  public async upload(resources: Resources, more: Resources = {}): Promise<string> {
    const body = JSON.stringify({ Resources: resources, ...more });
    const path = `/cdk-hnb659fds-assets-123456789012-${REGION}/${createHash('sha256').update(body).digest('hex')}.json`;
    await fetch(this.aws.url + path, { method: 'PUT', headers: { authorization: signature('s3') }, body });
    return `https://s3.${REGION}.amazonaws.com${path}`;
  }

  /** Waits until the stack is no longer in progress, and returns its status. */
  public async settled(name = 'Stack'): Promise<string> {
    const stack = this.aws.cloudFormation.find(name);
    while (stack?.inProgress) {
      await stack.statusChange();
    }
    return stack?.status ?? '';
  }

  public get events(): readonly StackEvent[] {
    return this.aws.cloudFormation.find('Stack')?.events ?? [];
  }

  /** Statuses with their reasons, of one resource or of the stack itself. */
  public history(logicalId = 'Stack', stackName = 'Stack'): string[] {
    return (this.aws.cloudFormation.find(stackName)?.events ?? [])
      .filter(({ LogicalResourceId }) => LogicalResourceId === logicalId)
      .map(({ ResourceStatus, ResourceStatusReason }) =>
        [ResourceStatus, ResourceStatusReason].filter(Boolean).join(': '),
      );
  }

  public output(key: string): string | undefined {
    return this.aws.cloudFormation.find('Stack')?.outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue;
  }

  /** Events that custom resources have received, first attempts only. */
  public received(logicalId?: string): ReceivedEvent[] {
    return this.aws.lambda.invocations
      .filter(({ attempt }) => attempt === 1)
      .map(({ event }) => event as ReceivedEvent)
      .filter(({ LogicalResourceId }) => logicalId === undefined || LogicalResourceId === logicalId);
  }
}

export function signature(service: string): string {
  return `AWS4-HMAC-SHA256 Credential=local/20261122/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
}

export function elements(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, content = '']) =>
    content.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
  );
}

/**
 * A function whose response depends on the resource's properties: `fail` names the request types that fail (`fail: 'Update'`), `delay`
 * the milliseconds before a response (except to Delete), `id` the physical ID, `data` a JSON string.
 */
const HANDLER = `
exports.handler = async (event) => {
  const { fail = '', delay = '0', id = event.PhysicalResourceId ?? 'made', data = '{}', say = 'no luck', silent = '' } = event.ResourceProperties;
  await new Promise((resolve) => setTimeout(resolve, event.RequestType === 'Delete' ? 0 : Number(delay)));
  if (silent.includes(event.RequestType)) return;
  const { StackId, RequestId, LogicalResourceId } = event;
  const failed = fail.split(',').includes(event.RequestType);
  const answer = { Status: failed ? 'FAILED' : 'SUCCESS', Reason: say, PhysicalResourceId: id, StackId, RequestId, LogicalResourceId, Data: JSON.parse(data) };
  const response = await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
  if (!response.ok) throw new Error('PUT: ' + response.status);
};`;

const ASSUME = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

/** A function and its role. */
export function provider(code = HANDLER, properties: Resources = {}): Resources {
  return {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: ASSUME } },
    Provider: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { ZipFile: code },
        Handler: 'index.handler',
        Runtime: 'nodejs24.x',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Timeout: 900,
        ...properties,
      },
    },
  };
}

export function custom(properties: Resources = {}, attributes: Resources = {}): unknown {
  return {
    Type: 'Custom::Thing',
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Provider', 'Arn'] }, ...properties },
    ...attributes,
  };
}

/** A resource that Parameter Store accepts, or refuses because it is too long. */
export function parameter(refused: boolean, attributes: Resources = {}): unknown {
  return {
    Type: 'AWS::SSM::Parameter',
    Properties: { Type: 'String', Value: refused ? 'x'.repeat(5000) : 'fine' },
    ...attributes,
  };
}
