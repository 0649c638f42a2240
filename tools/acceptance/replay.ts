import { KMS } from '@aws-sdk/client-kms';
import { SSM } from '@aws-sdk/client-ssm';
import { LocalAws } from '../../local/local-aws';
import { MASKED_ACCOUNT, masked, type Recording } from './recording';

/** Where the local AWS answers otherwise than was recorded. */
export interface Difference {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  /** The member of the answer, as in `KeyMetadata.KeyState`; `error` where one of both is an error. */
  readonly where: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** Whose calls hang on nothing but their order, and name nothing that others have made. */
const REPLAYED = ['answers'];

export function replayable(recordings: readonly Recording[]): Recording[] {
  return recordings.filter(
    ({ by, timed, service }) => REPLAYED.includes(by) && !timed && (service === 'KMS' || service === 'SSM'),
  );
}

/** Makes the calls again on a local AWS, in their order and at their distances in time, and compares the answers. */
export async function replay(recordings: readonly Recording[]): Promise<Difference[]> {
  const region = recordings[0]?.region ?? 'eu-central-1';
  const aws = await LocalAws.start({ region, accountId: MASKED_ACCOUNT, timeScale: 'virtual' });
  try {
    return await aws.clock.work(() => replayOn(aws, recordings));
  } finally {
    await aws.stop();
  }
}

type Client = Readonly<Record<string, (input: unknown) => Promise<object>>>;

async function replayOn(aws: LocalAws, recordings: readonly Recording[]): Promise<Difference[]> {
  const configuration = {
    endpoint: aws.url,
    maxAttempts: 1,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const names = new Names();
  const differences: Difference[] = [];
  const began = { recorded: Date.parse(recordings[0]?.startedAt ?? ''), replayed: aws.clock.now() };
  for (const { service, operation, input, output, error, startedAt, region } of recordings) {
    const due = began.replayed + Date.parse(startedAt) - began.recorded;
    if (due > aws.clock.now()) aws.clock.skip(due - aws.clock.now());
    const client = service === 'KMS' ? new KMS({ ...configuration, region }) : new SSM({ ...configuration, region });
    const { answer, failure } = await call(client as unknown as Client, operation, names.translate(input));
    const found = error || failure ? compare(error, failure, 'error', names) : compare(output, answer, '', names);
    differences.push(...found.map((each) => ({ service, operation, input, ...each })));
    client.destroy();
  }
  return differences;
}

async function call(
  client: Client,
  operation: string,
  input: unknown,
): Promise<{ readonly answer?: unknown; readonly failure?: unknown }> {
  const method = operation.charAt(0).toLowerCase() + operation.slice(1);
  try {
    const answer: object = (await client[method]?.(input)) ?? {};
    return { answer: masked({ ...answer, $metadata: undefined }, []) };
  } catch (error) {
    const { name, message, $metadata } = error as {
      name: string;
      message: string;
      $metadata?: { httpStatusCode?: number };
    };
    return { failure: { name, message, statusCode: $metadata?.httpStatusCode } };
  }
}

/** What AWS makes up: IDs of keys and of key material. */
const MADE_UP =
  /\bmrk-[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{64}\b/g;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** Of no meaning to anybody but the service. */
const OPAQUE = /(^|\.)(NextToken|NextMarker|ImportToken|PublicKey)$/;

/** What was made up when the calls were recorded, and what was made up for it when they were replayed. */
class Names {
  private readonly known = new Map<string, string>();

  public translate<T>(value: T): T {
    const text = JSON.stringify(value, (_, member: unknown) => member);
    return JSON.parse(text.replaceAll(MADE_UP, (name) => this.known.get(name) ?? name)) as T;
  }

  /** Whether both are the same text, but for what is made up; which from now on belongs together. */
  public match(recorded: string, replayed: string): boolean {
    const [names, others] = [recorded.match(MADE_UP) ?? [], replayed.match(MADE_UP) ?? []];
    if (recorded.replaceAll(MADE_UP, '') !== replayed.replaceAll(MADE_UP, '') || names.length !== others.length)
      return false;
    return names.every((name, index) => {
      const other = others[index] ?? '';
      const known = this.known.get(name) ?? other;
      this.known.set(name, known);
      return known === other;
    });
  }
}

type Found = Pick<Difference, 'where' | 'recorded' | 'replayed'>;

function compare(recorded: unknown, replayed: unknown, where: string, names: Names): Found[] {
  const different = [{ where, recorded, replayed }];
  if (typeof recorded === 'string' && typeof replayed === 'string') {
    const isSame =
      OPAQUE.test(where) || (DATE.test(recorded) && DATE.test(replayed)) || names.match(recorded, replayed);
    return isSame ? [] : different;
  }
  if (typeof recorded !== 'object' || typeof replayed !== 'object' || !recorded || !replayed)
    return recorded === replayed ? [] : different;
  const [one, other] = [recorded as Record<string, unknown>, replayed as Record<string, unknown>];
  const members = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...members].flatMap((name) =>
    compare(one[name], other[name], where === '' ? name : `${where}.${name}`, names),
  );
}
