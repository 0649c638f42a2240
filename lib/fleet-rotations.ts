/**
 * The rotations of a fleet: decides key by key, and reports stack by stack.
 */
import { type CfnResource, Duration, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import type { FleetExclusions } from './fleet-exclusions';
import type { ListedKey } from './fleet-key-arns';
import { reasonToSkip } from './fleet-keys';
import { FleetReport } from './fleet-report';
import { renderedKey } from './key-declaration';
import { type IdentifiableKey, type KeyIdentity, identityOf } from './key-identity';
import { OnDemandKeyRotation, type OnDemandKeyRotationProps } from './on-demand-key-rotation';
import { OnDemandKeyRotationProvider } from './on-demand-key-rotation-provider';
import { COMPLETION_TIMEOUT } from './protocol';
import { firstRotation } from './rotated-keys';
import { isConstruct } from './shown-value';
import { STACK_WITHOUT_ASSETS } from './synth-failures';
import { ValidationError } from './validation-error';
import { warnOfUnknownExclusion } from './warnings';

/**
 * Whichever fleet declares them, all rotations of a stack are in a construct of this ID, each under its key's logical ID: so a
 * fleet can be moved, widened or split without a resource being replaced.
 */
const ROTATIONS_ID = 'OnDemandKeyRotations';

export type RotationSettings = Omit<OnDemandKeyRotationProps, 'key'>;

export class FleetRotations {
  private readonly considered = new Set<IConstruct>();
  private readonly listed = new Set<KeyIdentity>();
  private readonly reports = new Map<Stack, FleetReport>();

  constructor(
    private readonly fleet: IConstruct,
    private readonly settings: RotationSettings,
    private readonly exclusions: FleetExclusions,
  ) {}

  public get isEmpty(): boolean {
    return this.reports.size === 0;
  }

  /** Rotates a key by its ARN, or reports why not. */
  public considerListed(stack: Stack, { id, name, arn }: ListedKey): void {
    const key = { arn };
    const identity = identityOf(stack, key);
    if (this.listed.has(identity)) return;
    this.listed.add(identity);

    const reason = this.reasonToSkip(stack, `key ${name}`, key);
    if (reason !== undefined) {
      this.report(stack).skips(reason);
      return;
    }
    this.rotate(stack, id, arn);
    this.report(stack).rotates(name, { isDeclared: false });
  }

  /** Rotates a key that is declared in the scope, or reports why not. */
  public considerDeclared(declaration: CfnResource): void {
    if (!this.isNew(declaration) || this.skips(declaration)) return;
    const stack = Stack.of(declaration);
    const { path } = declaration.node;
    const condition = renderedKey(declaration)?.condition;
    this.rotate(stack, stack.getLogicalId(declaration), declaration.getAtt('Arn').toString());
    this.report(stack).rotates(condition === undefined ? path : `${path} (under the condition ${condition})`, {
      isDeclared: true,
    });
  }

  /** Reports a key that is in the scope by its ARN alone, unless it is rotated. */
  public considerImported(key: kms.IKey): void {
    if (!this.isNew(key)) return;
    const name = `key ${key.node.path}`;
    if (firstRotation(key, { arn: key.keyArn })) return;
    const isExcluded = this.exclusions.coverKey(key, { arn: key.keyArn });
    this.report(Stack.of(key)).skips(
      isExcluded ? `${name} is excluded.` : `${name} is imported; to rotate it too, list its ARN in keyArns.`,
    );
  }

  /** Reports a declared key, now that it is too late to rotate it; returns whether it would have been rotated. */
  public misses(declaration: CfnResource): boolean {
    return this.isNew(declaration) && !this.skips(declaration);
  }

  /** Tells what is done in each stack, and which exclusions exclude nothing. */
  public tell(): void {
    const { rotationToken, rotateOnCreate } = this.settings;
    for (const [stack, report] of this.reports) report.tell(rotationsOf(stack), rotationToken, rotateOnCreate);
    this.exclusions.unknown(this.listed).forEach((key) => {
      warnOfUnknownExclusion(key, this.fleet.node.path);
    });
  }

  /** An app may be synthesized more than once. */
  private isNew(construct: IConstruct): boolean {
    const isNew = !this.considered.has(construct);
    this.considered.add(construct);
    return isNew;
  }

  private skips(declaration: CfnResource): boolean {
    const stack = Stack.of(declaration);
    const reason = this.reasonToSkip(stack, `key ${declaration.node.path}`, { arn: '', declaration });
    if (reason !== undefined) this.report(stack).skips(reason);
    return reason !== undefined;
  }

  private reasonToSkip(stack: Stack, name: string, key: IdentifiableKey): string | undefined {
    if (this.exclusions.coverKey(stack, key)) return `${name} is excluded.`;
    const other = firstRotation(stack, key)?.rotation;
    if (other) return `${name} is rotated by ${other.node.path}.`;
    return (key.declaration && reasonToSkip(key.declaration)) ?? this.providerFault(stack, name);
  }

  /** A stack may be unable to have a provider. Then it has none, and its keys must not fail all others. */
  private providerFault(stack: Stack, name: string): string | undefined {
    if (this.settings.provider) return undefined;
    try {
      OnDemandKeyRotationProvider.getOrCreate(stack);
      return undefined;
    } catch (error) {
      if (!(error instanceof ValidationError && error.sentence.code === STACK_WITHOUT_ASSETS)) throw error;
      return `${name} has no provider: ${error.sentence.what} ${error.sentence.then ?? ''}`;
    }
  }

  private report(stack: Stack): FleetReport {
    const report = this.reports.get(stack) ?? new FleetReport(this.fleet, stack);
    this.reports.set(stack, report);
    return report;
  }

  private rotate(stack: Stack, id: string, arn: string): void {
    const rotations = rotationsOf(stack);
    new OnDemandKeyRotation(rotations, id, {
      ...this.settings,
      key: kms.Key.fromKeyArn(rotations, `Key-${id}`, arn),
      rotateOnCreate: this.settings.rotateOnCreate ?? true,
      completionTimeout: this.settings.completionTimeout ?? Duration.seconds(COMPLETION_TIMEOUT.max),
    });
  }
}

function rotationsOf(stack: Stack): Construct {
  const existing: unknown = stack.node.tryFindChild(ROTATIONS_ID);
  return isConstruct(existing) ? existing : new Construct(stack, ROTATIONS_ID);
}
