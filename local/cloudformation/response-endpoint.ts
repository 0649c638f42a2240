import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock';
import { RestAnswer, type Service, ServiceError } from '../wire/service';

/** Lifetime of the URL in seconds, whatever the ServiceTimeout. */
const EXPIRES = 7200;

/** The request that a response is for. */
export interface AwaitedRequest {
  readonly stackId: string;
  readonly region: string;
  readonly logicalId: string;
  readonly requestId: string;
}

/**
 * Receives the responses of custom resources: on AWS at a pre-signed S3 URL, here at the same path and query. As on S3, every PUT
 * succeeds until the URL expires. The object key identifies the request: its first response counts if it is in time, any other is
 * accepted and ignored.
 */
export class ResponseEndpoint {
  public static readonly pathPrefix = '/arn:aws:cloudformation:';
  private readonly awaited = new Map<string, (response: Buffer) => void>();
  /** Expiry of each signed key, in milliseconds on the local AWS's clock. */
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

  /** Returns the URL path and query for a response, and a promise of its body. */
  public open({ stackId, region, logicalId, requestId }: AwaitedRequest): {
    readonly path: string;
    readonly response: Promise<Buffer>;
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
    const response = new Promise<Buffer>((resolve) => this.awaited.set(key, resolve));
    return { path: `/${encodeURIComponent(key)}?${query.toString()}`, response };
  }
}

function signed(key: string, signature: string): string {
  return `${key} ${signature}`;
}
