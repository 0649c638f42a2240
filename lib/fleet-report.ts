import { Annotations, type CfnResource, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { renderedKey } from './key-declaration';
import { warnOfFirstRotations } from './warnings';

/** What a fleet does in one stack, reported once for all its keys. */
export class FleetReport {
  private readonly rotated: { readonly key: string; readonly declaration: CfnResource | undefined }[] = [];
  private readonly skipped: string[] = [];

  constructor(
    private readonly fleet: IConstruct,
    private readonly stack: Stack,
  ) {}

  /** @param declaration the key's own resource, if the app declares it. */
  public rotates(key: string, declaration?: CfnResource): void {
    this.rotated.push({ key, declaration });
  }

  public skips(reason: string): void {
    this.skipped.push(reason);
  }

  /** Adds the report to the stack's metadata; the CDK CLI prints it. */
  public annotate(at: IConstruct, token: string, rotateOnCreate: boolean | undefined): void {
    const name = Token.isUnresolved(token) ? 'a token that is known at deployment' : `the token "${token}"`;
    const stack = Stack.of(at) === this.stack ? 'this stack' : this.stack.node.path;
    const paragraphs = [
      `${this.fleet.node.path} rotates ${keys(this.rotated.length)} of ${stack} with ${name}${this.listRotated()}`,
    ];
    if (this.rotated.length > 0 && rotateOnCreate === false)
      paragraphs.push(
        '(but records the token, and rotates nothing, if it is the first of a key: rotateOnCreate is false)',
      );
    if (this.skipped.length > 0)
      paragraphs.push(`and skips ${keys(this.skipped.length)}:`, ...this.skipped.map((reason) => `- ${reason}`));
    Annotations.of(at).addInfo(paragraphs.join('\n'));

    const declared = this.rotated.filter(({ declaration }) => declaration).length;
    if (declared > 0 && rotateOnCreate === undefined)
      warnOfFirstRotations(at, keys(declared), this.stack.node.path, this.fleet.node.path);
  }

  private listRotated(): string {
    if (this.rotated.length === 0) return '';
    return `: ${this.rotated.map(({ key, declaration }) => key + (declaration ? conditionOf(declaration) : '')).join(', ')}`;
  }
}

function conditionOf(declaration: CfnResource): string {
  const condition = renderedKey(declaration)?.condition;
  return condition === undefined ? '' : ` (under the condition ${condition})`;
}

function keys(n: number): string {
  return n === 1 ? '1 key' : `${n} keys`;
}
