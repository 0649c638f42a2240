import { Annotations, Token, type Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { NAMESPACE } from './warnings';

/** What a fleet does in one stack, told once for all its keys. */
export class FleetReport {
  private readonly rotated: string[] = [];
  private readonly skipped: string[] = [];

  constructor(
    private readonly fleet: IConstruct,
    private readonly stack: Stack,
  ) {}

  public rotates(key: string): void {
    this.rotated.push(key);
  }

  public skips(reason: string): void {
    this.skipped.push(reason);
  }

  /** The report stands in the stack's metadata, and the CDK CLI prints it. */
  public tell(at: IConstruct, token: string): void {
    const name = Token.isUnresolved(token) ? 'a token that is known at deployment' : `the token "${token}"`;
    const paragraphs = [
      `${this.fleet.node.path} rotates ${keys(this.rotated.length)} of this stack with ${name}${listed(this.rotated)}`,
    ];
    if (this.skipped.length > 0)
      paragraphs.push(`and skips ${keys(this.skipped.length)}:`, ...this.skipped.map((reason) => `- ${reason}`));
    Annotations.of(at).addInfo(paragraphs.join('\n'));
  }

  /** Instead of a warning for every key. */
  public warnOfFirstRotation(at: IConstruct): void {
    if (this.rotated.length === 0) return;
    Annotations.of(at).addWarningV2(
      `${NAMESPACE}:rotateOnCreateUnset`,
      `${keys(this.rotated.length)} of ${this.stack.node.path} declared in this app: the first deployment of their rotations by ${this.fleet.node.path} uses` +
        ' up one of the on-demand rotations of each. Say rotateOnCreate: true if that is meant, or false to record the first token without rotating.',
    );
  }
}

function keys(n: number): string {
  return n === 1 ? '1 key' : `${n} keys`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? '' : `: ${names.join(', ')}`;
}
