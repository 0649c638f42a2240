import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CustomResourceResponse {
  readonly Status: string;
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly RequestId: string;
  readonly Data?: Readonly<Record<string, unknown>>;
}

/** Receives the responses that a handler sends to response URLs, in place of CloudFormation. */
export class ResponseServer {
  public readonly answers: CustomResourceResponse[] = [];
  /** HTTP statuses for the next responses; 200 by default. Only responses that get 200 are received. */
  public readonly statuses: number[] = [];
  private readonly arrivals = new Set<() => void>();

  private constructor(private readonly server: Server) {}

  public static async open(): Promise<ResponseServer> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const status = self.statuses.shift() ?? 200;
        if (status === 200) self.receive(JSON.parse(Buffer.concat(chunks).toString()) as CustomResourceResponse);
        response.writeHead(status).end();
      });
    });
    const self = new ResponseServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return self;
  }

  public get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** All responses to a request, once there are at least `count`. */
  public async answersTo(requestId: unknown, count = 1): Promise<CustomResourceResponse[]> {
    for (;;) {
      const found = this.answers.filter(({ RequestId }) => RequestId === requestId);
      if (found.length >= count) return found;
      await new Promise<void>((resolve) => this.arrivals.add(resolve));
    }
  }

  public async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private receive(answer: CustomResourceResponse): void {
    this.answers.push(answer);
    for (const arrived of this.arrivals) arrived();
    this.arrivals.clear();
  }
}
