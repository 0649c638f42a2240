import { createHash } from 'node:crypto';
import { toXml } from '../wire/protocols';
import { type Call, type Environment, RestAnswer, type RestRequest, type Service, ServiceError } from '../wire/service';

/** The parts of an S3 request that the operations use. */
interface S3Input {
  readonly bucket: string;
  readonly key: string;
  readonly prefix: string;
  /** The body comes in signed chunks, with trailers. */
  readonly chunked: boolean;
}

interface StoredObject {
  readonly content: Buffer;
  /** On the local AWS's clock, in milliseconds. */
  readonly modifiedAt: number;
  readonly tags: ReadonlyMap<string, string>;
}

/** The assets bucket for any qualifier: the account counts as bootstrapped. */
const BOOTSTRAP_BUCKET = /^cdk-[a-z0-9]+-assets-\d{12}-[a-z0-9-]+$/;

/** Buckets and objects, path-style: as much as the CDK CLI needs to publish templates and assets. */
export class S3 {
  private readonly buckets = new Map<string, Map<string, StoredObject>>();

  public constructor(private readonly environment: Environment) {}

  public readonly service: Service = {
    name: 's3',
    protocol: 'rest-xml',
    route,
    operations: {
      CreateBucket: (call) => {
        this.buckets.set(inputOf(call).bucket, new Map());
        return new RestAnswer(200);
      },
      HeadBucket: (call) => {
        this.bucket(inputOf(call).bucket);
        return new RestAnswer(200);
      },
      ListObjectsV2: (call) => this.list(inputOf(call)),
      GetBucketLocation: (call) => {
        this.bucket(inputOf(call).bucket);
        return xml(`<LocationConstraint>${this.environment.defaultRegion}</LocationConstraint>`);
      },
      GetBucketEncryption: (call) => {
        this.bucket(inputOf(call).bucket);
        const rule = { Rule: { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } } };
        return xml(`<ServerSideEncryptionConfiguration>${toXml(rule)}</ServerSideEncryptionConfiguration>`);
      },
      PutObject: (call) => {
        const { bucket, key } = inputOf(call);
        const content = contentOf(call);
        this.bucket(bucket).set(key, { content, modifiedAt: this.environment.clock.now(), tags: new Map() });
        return new RestAnswer(200, { etag: etag(content) });
      },
      GetObject: (call) => this.read(inputOf(call)),
      HeadObject: (call) => this.read(inputOf(call)),
      DeleteObject: (call) => {
        const { bucket, key } = inputOf(call);
        this.bucket(bucket).delete(key);
        return new RestAnswer(204);
      },
      DeleteObjects: (call) => {
        const keys = elements(contentOf(call).toString('utf8'), 'Key');
        keys.forEach((key) => this.bucket(inputOf(call).bucket).delete(key));
        return xml(
          `<DeleteResult>${keys.map((key) => `<Deleted>${toXml({ Key: key })}</Deleted>`).join('')}</DeleteResult>`,
        );
      },
      GetObjectTagging: (call) => {
        const tags = [...this.stored(inputOf(call)).tags].map(([Key, Value]) => `<Tag>${toXml({ Key, Value })}</Tag>`);
        return xml(`<Tagging><TagSet>${tags.join('')}</TagSet></Tagging>`);
      },
      PutObjectTagging: (call) => {
        const body = contentOf(call).toString('utf8');
        const values = elements(body, 'Value');
        const tags = elements(body, 'Key').map((key, index): [string, string] => [key, values[index] ?? '']);
        const { bucket, key } = inputOf(call);
        this.bucket(bucket).set(key, { ...this.stored({ bucket, key }), tags: new Map(tags) });
        return new RestAnswer(200);
      },
    },
  };

  /** Throws S3's error if there is no such object. */
  public object(bucket: string, key: string): Buffer {
    return this.stored({ bucket, key }).content;
  }

  private stored({ bucket, key }: Pick<S3Input, 'bucket' | 'key'>): StoredObject {
    const found = this.bucket(bucket).get(key);
    if (!found) {
      throw new ServiceError('NoSuchKey', 'The specified key does not exist.', 404);
    }
    return found;
  }

  private bucket(name: string): Map<string, StoredObject> {
    const existing = this.buckets.get(name);
    if (existing) {
      return existing;
    }
    if (!BOOTSTRAP_BUCKET.test(name)) {
      throw new ServiceError('NoSuchBucket', 'The specified bucket does not exist', 404);
    }
    const created = new Map<string, StoredObject>();
    this.buckets.set(name, created);
    return created;
  }

  private read({ bucket, key }: S3Input): RestAnswer {
    const content = this.object(bucket, key);
    return new RestAnswer(200, { etag: etag(content), 'content-type': 'application/octet-stream' }, content);
  }

  private list({ bucket, prefix }: S3Input): RestAnswer {
    const found = [...this.bucket(bucket)].filter(([key]) => key.startsWith(prefix));
    const contents = found.map(([key, { content, modifiedAt }]) => {
      const entry = { Key: key, ETag: etag(content), Size: content.length, LastModified: new Date(modifiedAt) };
      return `<Contents>${toXml(entry)}</Contents>`;
    });
    const head = toXml({ Name: bucket, Prefix: prefix, KeyCount: found.length, MaxKeys: 1000, IsTruncated: false });
    return xml(`<ListBucketResult>${head}${contents.join('')}</ListBucketResult>`);
  }
}

function inputOf(call: Call): S3Input {
  return call.input as unknown as S3Input;
}

function route(request: RestRequest): { operation: string; input: Record<string, unknown> } | undefined {
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(request.path) ?? [];
  const operation = key === '' ? bucketOperation(request) : objectOperation(request);
  const chunked = (request.headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-');
  return operation ? { operation, input: { bucket, key, prefix: request.query.prefix ?? '', chunked } } : undefined;
}

function bucketOperation({ method, query }: RestRequest): string | undefined {
  if (method === 'GET') {
    const asked = ['location', 'encryption', 'list-type'].find((name) => name in query);
    return { location: 'GetBucketLocation', encryption: 'GetBucketEncryption', 'list-type': 'ListObjectsV2' }[
      asked ?? ''
    ];
  }
  if (method === 'POST' && 'delete' in query) {
    return 'DeleteObjects';
  }
  return { PUT: 'CreateBucket', HEAD: 'HeadBucket' }[method];
}

function objectOperation({ method, query }: RestRequest): string | undefined {
  if ('tagging' in query) {
    return { PUT: 'PutObjectTagging', GET: 'GetObjectTagging' }[method];
  }
  return { PUT: 'PutObject', GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method];
}

function xml(body: string): RestAnswer {
  return new RestAnswer(200, { 'content-type': 'application/xml' }, body);
}

/** The texts of all `name` elements in a request body, at any level. */
function elements(body: string, name: string): string[] {
  return [...body.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) =>
    text
      .replace(/&(lt|gt|quot|apos|amp);/g, (_, entity: string) => ENTITIES[entity] ?? '')
      .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code))),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function contentOf(call: Call): Buffer {
  return inputOf(call).chunked ? joinChunks(call.body) : call.body;
}

function etag(content: Buffer): string {
  return `"${createHash('md5').update(content).digest('hex')}"`;
}

/**
 * The content of a body in chunks, each headed by its length in hexadecimal digits.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
function joinChunks(body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let position = 0; position < body.length;) {
    const lineEnd = body.indexOf('\r\n', position);
    const length = parseInt(body.toString('latin1', position, lineEnd), 16);
    if (lineEnd < 0 || !(length > 0)) {
      break;
    }
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + length));
    position = lineEnd + 2 + length + 2;
  }
  return Buffer.concat(chunks);
}
