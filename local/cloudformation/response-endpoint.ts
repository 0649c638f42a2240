import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock';
import { RestAnswer, type Service, ServiceError } from '../wire/service';

interface AwaitedAnswer {
  readonly receive: (answer: Buffer) => void;
  /** On the local AWS's clock, in milliseconds. */
  readonly expiresAt: number;
}

/**
 * Where custom resources answer: in AWS a pre-signed URL of S3, here a path that nobody can guess. As in S3 every PUT
 * succeeds until the URL expires, but the first one counts.
 */
export class ResponseEndpoint {
  public static readonly pathPrefix = '/response/';
  private readonly awaited = new Map<string, AwaitedAnswer>();

  public constructor(private readonly clock: Clock) {}

  public readonly service: Service = {
    name: 'response',
    protocol: 'rest-xml',
    route: ({ method, path }) =>
      method === 'PUT'
        ? { operation: 'Put', input: { id: path.slice(ResponseEndpoint.pathPrefix.length) } }
        : undefined,
    operations: {
      Put: ({ input, body }) => {
        const awaited = this.awaited.get(String(input.id));
        if (!awaited) {
          throw new ServiceError('AccessDenied', 'Access Denied', 403);
        }
        if (this.clock.now() > awaited.expiresAt) {
          throw new ServiceError('AccessDenied', 'Request has expired', 403);
        }
        awaited.receive(body);
        return new RestAnswer(200);
      },
    },
  };

  /** Gives a path that takes an answer for `lifetime` milliseconds, and the answer's body. */
  public open(lifetime: number): { readonly path: string; readonly answer: Promise<Buffer> } {
    const id = randomUUID();
    const answer = new Promise<Buffer>((resolve) => {
      this.awaited.set(id, { receive: resolve, expiresAt: this.clock.now() + lifetime });
    });
    return { path: ResponseEndpoint.pathPrefix + id, answer };
  }
}
