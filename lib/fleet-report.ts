import { Annotations, Token, type Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { warnOfFirstRotations } from './warnings';

/** What a fleet does in one stack, told once for all its keys. */
export class FleetReport {
  private readonly rotated: string[] = [];
  private readonly declared: string[] = [];
  private readonly skipped: string[] = [];

  constructor(
    private readonly fleet: IConstruct,
    private readonly stack: Stack,
  ) {}

  /** Whether the app declares the key tells whether its first rotation can surprise. */
  public rotates(key: string, { isDeclared }: { readonly isDeclared: boolean }): void {
    this.rotated.push(key);
    if (isDeclared) this.declared.push(key);
  }

  public skips(reason: string): void {
    this.skipped.push(reason);
  }

  /** The report stands in the stack's metadata, and the CDK CLI prints it. */
  public tell(at: IConstruct, token: string, rotateOnCreate: boolean | undefined): void {
    const name = Token.isUnresolved(token) ? 'a token that is known at deployment' : `the token "${token}"`;
    const paragraphs = [
      `${this.fleet.node.path} rotates ${keys(this.rotated.length)} of this stack with ${name}${listed(this.rotated)}`,
    ];
    if (this.rotated.length > 0 && rotateOnCreate === false)
      paragraphs.push('(where the rotation is new, it records the token and rotates nothing: rotateOnCreate is false)');
    if (this.skipped.length > 0)
      paragraphs.push(`and skips ${keys(this.skipped.length)}:`, ...this.skipped.map((reason) => `- ${reason}`));
    Annotations.of(at).addInfo(paragraphs.join('\n'));

    if (this.declared.length > 0 && rotateOnCreate === undefined)
      warnOfFirstRotations(at, keys(this.declared.length), this.stack.node.path, this.fleet.node.path);
  }
}

function keys(n: number): string {
  return n === 1 ? '1 key' : `${n} keys`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}
