import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock';
import { RestAnswer, type Service, ServiceError } from '../wire/service';

/** Seconds for which the URL can be used, whatever the ServiceTimeout is. */
const EXPIRES = 7200;

/** The request that an answer is for. */
export interface AwaitedRequest {
  readonly stackId: string;
  readonly region: string;
  readonly logicalId: string;
  readonly requestId: string;
}

/**
 * Where custom resources answer: in AWS a pre-signed URL of S3, here the same path and query on the local AWS. As in S3 every
 * PUT succeeds until the URL expires. The object's key tells the request, so that the first answer to it counts, and one that
 * comes when nobody waits any more is taken and ignored.
 */
export class ResponseEndpoint {
  public static readonly pathPrefix = '/arn:aws:cloudformation:';
  private readonly awaited = new Map<string, (answer: Buffer) => void>();
  /** When signatures expire, by the key that they are for; on the local AWS's clock, in milliseconds. */
  private readonly signatures = new Map<string, number>();

  public constructor(private readonly clock: Clock) {}

  public readonly service: Service = {
    name: 'response',
    protocol: 'rest-xml',
    route: ({ method, path, query }) =>
      method === 'PUT'
        ? { operation: 'Put', input: { key: path.slice(1), signature: query['X-Amz-Signature'] ?? '' } }
        : undefined,
    operations: {
      Put: ({ input, body }) => {
        const key = String(input.key);
        const expiresAt = this.signatures.get(signed(key, String(input.signature)));
        if (expiresAt === undefined) {
          throw new ServiceError('AccessDenied', 'Access Denied', 403);
        }
        if (this.clock.now() > expiresAt) {
          throw new ServiceError('AccessDenied', 'Request has expired', 403);
        }
        this.awaited.get(key)?.(body);
        this.awaited.delete(key);
        return new RestAnswer(200);
      },
    },
  };

  /** Returns a path with its query that takes an answer, and the answer's body. */
  public open({ stackId, region, logicalId, requestId }: AwaitedRequest): {
    readonly path: string;
    readonly answer: Promise<Buffer>;
  } {
    const now = this.clock.now();
    const key = [stackId, logicalId, requestId].join('|');
    const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    const signature = randomBytes(32).toString('hex');
    this.signatures.set(signed(key, signature), now + EXPIRES * 1000);
    const query = new URLSearchParams({
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Date': date,
      'X-Amz-SignedHeaders': 'host',
      'X-Amz-Expires': String(EXPIRES),
      'X-Amz-Credential': `local/${date.slice(0, 8)}/${region}/s3/aws4_request`,
      'X-Amz-Signature': signature,
    });
    const answer = new Promise<Buffer>((resolve) => this.awaited.set(key, resolve));
    return { path: `/${encodeURIComponent(key)}?${query.toString()}`, answer };
  }
}

function signed(key: string, signature: string): string {
  return `${key} ${signature}`;
}
