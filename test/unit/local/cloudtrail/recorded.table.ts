import { CloudTrail, type LookupEventsCommandOutput } from '@aws-sdk/client-cloudtrail';
import type { Key } from '../../../../local/kms/key';
import { type Row, STACKD } from '../recorded';
import { ACCOUNT, MINUTE, REGION, type ServicesOnTheWire } from '../services-on-the-wire';

/** The key and the parameter whose events are looked up. */
interface Subject {
  readonly key: Key;
  readonly parameter: string;
}

type TrailRow = Row<ServicesOnTheWire, Subject>;
type Action = (world: ServicesOnTheWire, subject: Subject) => Promise<unknown>;

const stackd = (file: string, event: string): string => `${STACKD}/ssm/${file}.json, cloudtrail: ${event}`;
const documented = (page: string): string => `https://docs.aws.amazon.com/kms/latest/developerguide/${page}.html`;

let parameters = 0;

/** Runs an action on a new key or parameter and waits until CloudTrail has delivered its event. */
const done =
  (action: Action): TrailRow['subject'] =>
  async (world) => {
    const subject = { key: world.kmsService.createKey(REGION), parameter: `/parameter-${++parameters}/a` };
    await action(world, subject).catch(() => undefined);
    world.clock.pass(10 * MINUTE);
    return subject;
  };

const lookUp = (world: ServicesOnTheWire, name: string): Promise<LookupEventsCommandOutput> =>
  world
    .client((configuration) => new CloudTrail(configuration))
    .lookupEvents({ LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: name }], MaxResults: 1 });

/** Members of the newest record with this event name. */
const record =
  (name: string, ...members: readonly string[]): TrailRow['call'] =>
  async (world) => {
    const { Events = [] } = await lookUp(world, name);
    const parsed = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}') as Record<string, unknown>;
    return Object.fromEntries(members.map((member) => [member, parsed[member]]));
  };

const row = (
  when: string,
  subject: TrailRow['subject'],
  call: TrailRow['call'],
  answer: TrailRow['answer'],
  source: string,
): TrailRow => ({ operation: 'LookupEvents', when, subject, call, answer, source });

const FORM = ['awsRegion', 'eventCategory', 'eventName', 'eventSource', 'eventType', 'managementEvent', 'readOnly'];
const ofKms = (eventName: string, eventType: string, readOnly: boolean): object => ({
  awsRegion: REGION,
  eventCategory: 'Management',
  eventName,
  eventSource: 'kms.amazonaws.com',
  eventType,
  managementEvent: true,
  readOnly,
});
const keyResource = ({ arn }: Key): object[] => [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: arn }];
const parameterResource = (name: string): object[] => [
  { ARN: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`, accountId: ACCOUNT },
];

const rotated = done((world, { key }) => world.kms().rotateKeyOnDemand({ KeyId: key.keyId }));
const rotationEnabled = done((world, { key }) => world.kms().enableKeyRotation({ KeyId: key.keyId }));
const statusRead = done((world, { key }) => world.kms().getKeyRotationStatus({ KeyId: key.keyId }));
const written = done((world, { parameter }) =>
  world.ssm().putParameter({
    Name: parameter,
    Value: 'secret',
    Type: 'String',
    Tier: 'Standard',
    Overwrite: false,
    Tags: [{ Key: 'probe', Value: 'x' }],
  }),
);
const emptyRefused = done((world, { parameter }) =>
  world.ssm().putParameter({ Name: parameter, Value: '', Type: 'String' }),
);
const missingRead = done((world, { parameter }) => world.ssm().getParameter({ Name: parameter }));
const selectorRead = done(async (world, { parameter }) => {
  await world.ssm().putParameter({ Name: parameter, Value: 'x', Type: 'String' });
  await world.ssm().getParameter({ Name: `${parameter}:2147483648` });
});

/** Recorded or documented responses of CloudTrail. */
export const RECORDED: readonly TrailRow[] = [
  row(
    'a call of RotateKeyOnDemand',
    rotated,
    record('RotateKeyOnDemand', ...FORM, 'requestParameters', 'resources', 'recipientAccountId'),
    ({ key }) => ({
      ...ofKms('RotateKeyOnDemand', 'AwsApiCall', false),
      requestParameters: { keyId: key.keyId },
      resources: keyResource(key),
      recipientAccountId: ACCOUNT,
    }),
    documented('ct-rotatekeyondemand'),
  ),
  row(
    'the rotation that followed',
    rotated,
    record(
      'RotateKey',
      ...FORM,
      'userIdentity',
      'sourceIPAddress',
      'userAgent',
      'requestParameters',
      'responseElements',
      'resources',
      'serviceEventDetails',
    ),
    ({ key }) => ({
      ...ofKms('RotateKey', 'AwsServiceEvent', false),
      userIdentity: { accountId: ACCOUNT, invokedBy: 'AWS Internal' },
      sourceIPAddress: 'AWS Internal',
      userAgent: 'AWS Internal',
      requestParameters: null,
      responseElements: null,
      resources: keyResource(key),
      serviceEventDetails: {
        rotationType: 'ON_DEMAND',
        keyOrigin: 'AWS_KMS',
        previousKeyMaterialId: key.kmsKey.materials.at(-2)?.id,
        currentKeyMaterialId: key.currentMaterialId,
        keyId: key.keyId,
      },
    }),
    documented('ct-rotatekey'),
  ),
  row(
    'a call of EnableKeyRotation',
    rotationEnabled,
    record('EnableKeyRotation', 'eventType', 'readOnly', 'requestParameters', 'responseElements', 'resources'),
    ({ key }) => ({
      eventType: 'AwsApiCall',
      readOnly: false,
      requestParameters: { keyId: key.keyId },
      responseElements: null,
      resources: keyResource(key),
    }),
    documented('ct-enablekeyrotation'),
  ),
  row(
    'a call of GetKeyRotationStatus',
    statusRead,
    record('GetKeyRotationStatus', ...FORM, 'requestParameters', 'responseElements', 'resources'),
    ({ key }) => ({
      ...ofKms('GetKeyRotationStatus', 'AwsApiCall', true),
      requestParameters: { keyId: key.keyId },
      responseElements: null,
      resources: keyResource(key),
    }),
    documented('ct-getkeyrotationstatus'),
  ),
  row(
    'a call of PutParameter, without the value',
    written,
    record('PutParameter', 'eventVersion', 'readOnly', 'requestParameters', 'resources', 'responseElements'),
    ({ parameter }) => ({
      eventVersion: '1.11',
      readOnly: false,
      requestParameters: {
        name: parameter,
        overwrite: false,
        tags: [{ key: 'probe', value: 'x' }],
        tier: 'Standard',
        type: 'String',
        value: 'HIDDEN_DUE_TO_SECURITY_REASONS',
      },
      resources: parameterResource(parameter),
      responseElements: { tier: 'Standard', version: 1 },
    }),
    stackd('write_edges', 'write-edge-create-string'),
  ),
  row(
    'a PutParameter that was refused for an empty value',
    emptyRefused,
    record('PutParameter', 'errorCode', 'errorMessage', 'requestParameters', 'responseElements', 'resources'),
    () => ({
      errorCode: 'ValidationException',
      errorMessage:
        "1 validation error detected: Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
      requestParameters: null,
      responseElements: null,
      resources: undefined,
    }),
    stackd('empty_value', 'empty-value-create'),
  ),
  row(
    'a GetParameter that found nothing, without the error',
    missingRead,
    record('GetParameter', 'errorCode', 'requestParameters', 'resources', 'responseElements', 'readOnly'),
    ({ parameter }) => ({
      errorCode: undefined,
      requestParameters: { name: parameter },
      resources: parameterResource(parameter),
      responseElements: null,
      readOnly: true,
    }),
    stackd('empty_value', 'empty-value-read'),
  ),
  row(
    'a GetParameter of a version',
    selectorRead,
    record('GetParameter', 'requestParameters', 'resources'),
    ({ parameter }) => ({
      requestParameters: { name: `${parameter}:2147483648` },
      resources: parameterResource(parameter),
    }),
    stackd('selector_edges', 'edge-selector:2147483648'),
  ),
  row(
    'the members besides the record of a PutParameter',
    written,
    async (world) => {
      const { Events = [] } = await lookUp(world, 'PutParameter');
      const { EventName, EventSource, ReadOnly, Resources } = Events[0] ?? {};
      return { EventName, EventSource, ReadOnly, Resources };
    },
    () => ({ EventName: 'PutParameter', EventSource: 'ssm.amazonaws.com', ReadOnly: 'false', Resources: [] }),
    stackd('write_edges', 'write-edge-create-string'),
  ),
];
