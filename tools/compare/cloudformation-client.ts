import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import type { LocalAws } from '../../local/local-aws';

export interface Place {
  readonly account: string;
  readonly region: string;
}

interface AssetManifest {
  readonly files: Readonly<
    Record<
      string,
      {
        readonly source: { readonly path: string; readonly packaging: string };
        readonly destinations: Readonly<Record<string, { readonly bucketName: string; readonly objectKey: string }>>;
      }
    >
  >;
}

/** Deploys synthesized stacks through CloudFormation's API: many more concurrently than the CDK CLI could. */
export class CloudFormationClient {
  private readonly published = new Map<string, Promise<void>>();

  public constructor(
    private readonly aws: LocalAws,
    private readonly place: Place,
    /** The assembly's directory. */
    private readonly assembly: string,
  ) {}

  /** Creates or updates a stack, and returns its final status. */
  public async deploy(stackName: string, artifact: string): Promise<string> {
    const TemplateURL = await this.publishAssets(artifact);
    const isThere = !['none', 'DELETE_COMPLETE'].includes(this.status(stackName));
    await this.call(isThere ? 'UpdateStack' : 'CreateStack', {
      StackName: stackName,
      TemplateURL,
      'Capabilities.member.1': 'CAPABILITY_IAM',
    });
    return this.settled(stackName);
  }

  public async delete(stackName: string): Promise<string> {
    await this.call('DeleteStack', { StackName: stackName });
    return this.settled(stackName);
  }

  private async settled(stackName: string): Promise<string> {
    while (this.status(stackName).endsWith('_IN_PROGRESS')) await this.aws.clock.sleep(1000);
    return this.status(stackName);
  }

  private status(stackName: string): string {
    return this.aws.cloudFormation.find(stackName, this.place.region)?.status ?? 'none';
  }

  /** Publishes a stack's assets and template, and returns the template's URL: a request has room for only 51,200 bytes. */
  private async publishAssets(artifact: string): Promise<string> {
    let templateUrl = '';
    const { files } = JSON.parse(readFileSync(join(this.assembly, `${artifact}.assets.json`), 'utf8')) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      for (const { bucketName, objectKey } of Object.values(destinations)) {
        const path = `/${bucketName}/${objectKey}`;
        const file = join(this.assembly, source.path);
        const publication =
          this.published.get(path) ?? this.put(path, source.packaging === 'zip' ? archive(file) : readFileSync(file));
        this.published.set(path, publication);
        await publication;
        if (source.path === `${artifact}.template.json`) templateUrl = `${this.aws.url}${path}`;
      }
    }
    return templateUrl;
  }

  private async put(path: string, body: Uint8Array): Promise<void> {
    await this.send(path, { method: 'PUT', headers: this.signedFor('s3'), body: Buffer.from(body) });
  }

  private async call(Action: string, parameters: Readonly<Record<string, string>>): Promise<void> {
    const body = new URLSearchParams({ Action, Version: '2010-05-15', ...parameters });
    await this.send('/', { method: 'POST', headers: this.signedFor('cloudformation'), body });
  }

  private async send(path: string, request: RequestInit): Promise<void> {
    const response = await fetch(this.aws.url + path, request);
    const text = await response.text();
    if (!response.ok) throw new Error(`The local AWS answers ${response.status}: ${text}`);
  }

  /** The local AWS reads the service from the signature's scope, and does not check the rest. */
  private signedFor(service: string): Record<string, string> {
    return {
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${this.place.region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
    };
  }
}

function archive(directory: string): Uint8Array {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return zipSync(
    Object.fromEntries(
      files.map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [path.slice(directory.length + 1), readFileSync(path)];
      }),
    ),
  );
}
