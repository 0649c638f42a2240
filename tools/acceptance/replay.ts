import { KMS } from '@aws-sdk/client-kms';
import { SSM } from '@aws-sdk/client-ssm';
import { LocalAws } from '../../local/local-aws';
import { MASKED_ACCOUNT, masked, type Recording } from './recording';

/** A difference between a recorded answer and that of the local AWS. */
export interface Difference {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  /** The member of the answer, as in `KeyMetadata.KeyState`; `error` if either is an error. */
  readonly where: string;
  readonly recorded: unknown;
  readonly replayed: unknown;
}

/** Parts whose answers depend only on the order of their calls, and that use nothing of other parts. */
const REPLAYED = ['answers'];

export function replayable(recordings: readonly Recording[]): Recording[] {
  return recordings.filter(
    ({ by, timed, service }) => REPLAYED.includes(by) && !timed && (service === 'KMS' || service === 'SSM'),
  );
}

/** Repeats the calls on a local AWS in the same order and at the same intervals, and compares the answers. */
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
  const ids = new GeneratedIds();
  const differences: Difference[] = [];
  const began = { recorded: Date.parse(recordings[0]?.startedAt ?? ''), replayed: aws.clock.now() };
  for (const { service, operation, input, output, error, startedAt, region } of recordings) {
    const due = began.replayed + Date.parse(startedAt) - began.recorded;
    if (due > aws.clock.now()) aws.clock.skip(due - aws.clock.now());
    const client = service === 'KMS' ? new KMS({ ...configuration, region }) : new SSM({ ...configuration, region });
    const { answer, failure } = await call(client as unknown as Client, operation, ids.translate(input));
    const found = error || failure ? compare(error, failure, 'error', ids) : compare(output, answer, '', ids);
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

/** IDs that AWS generates, of keys and of key material. */
const GENERATED_IDS =
  /\bmrk-[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|\b[0-9a-f]{64}\b/g;
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
/** Meaningful to the service only. */
const OPAQUE = /(^|\.)(NextToken|NextMarker|ImportToken|PublicKey)$/;

/** Maps generated IDs of the recording to those of the replay. */
class GeneratedIds {
  private readonly known = new Map<string, string>();

  public translate<T>(value: T): T {
    const text = JSON.stringify(value, (_, member: unknown) => member);
    return JSON.parse(text.replaceAll(GENERATED_IDS, (id) => this.known.get(id) ?? id)) as T;
  }

  /** Whether the texts are equal apart from generated IDs, which are mapped to each other from now on. */
  public match(recorded: string, replayed: string): boolean {
    const [recordedIds, replayedIds] = [recorded.match(GENERATED_IDS) ?? [], replayed.match(GENERATED_IDS) ?? []];
    if (
      recorded.replaceAll(GENERATED_IDS, '') !== replayed.replaceAll(GENERATED_IDS, '') ||
      recordedIds.length !== replayedIds.length
    )
      return false;
    return recordedIds.every((id, index) => {
      const other = replayedIds[index] ?? '';
      const known = this.known.get(id) ?? other;
      this.known.set(id, known);
      return known === other;
    });
  }
}

type Found = Pick<Difference, 'where' | 'recorded' | 'replayed'>;

function compare(recorded: unknown, replayed: unknown, where: string, ids: GeneratedIds): Found[] {
  const different = [{ where, recorded, replayed }];
  if (typeof recorded === 'string' && typeof replayed === 'string') {
    const isSame = OPAQUE.test(where) || (DATE.test(recorded) && DATE.test(replayed)) || ids.match(recorded, replayed);
    return isSame ? [] : different;
  }
  if (typeof recorded !== 'object' || typeof replayed !== 'object' || !recorded || !replayed)
    return recorded === replayed ? [] : different;
  const [one, other] = [recorded as Record<string, unknown>, replayed as Record<string, unknown>];
  const members = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...members].flatMap((name) => compare(one[name], other[name], where === '' ? name : `${where}.${name}`, ids));
}
