/**
 * The rotations of a fleet: decides key by key, and reports stack by stack.
 */
import { type CfnResource, Duration, Stack, aws_kms as kms } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import type { FleetExclusions } from './fleet-exclusions';
import type { ListedKey } from './fleet-key-arns';
import { reasonToSkip } from './fleet-keys';
import { FleetReport } from './fleet-report';
import { type IdentifiableKey, type KeyIdentity, identityOf } from './key-identity';
import { OnDemandKeyRotation, type OnDemandKeyRotationProps } from './on-demand-key-rotation';
import type { KeyRotatedRules } from './key-rotated-rules';
import type { OnDemandKeyRotationProviderProps } from './on-demand-key-rotation-provider-props';
import { OnDemandKeyRotationProvider } from './on-demand-key-rotation-provider';
import { COMPLETION_TIMEOUT } from './protocol';
import { firstRotation } from './rotated-keys';
import type { Sentence } from './sentence';
import { isConstruct } from './shown-value';
import { stackWithVisibleMessages } from './stages';
import { STACK_WITHOUT_ASSETS, keyToRotateChanged, skippedKeyChanged } from './synth-failures';
import { ValidationError, refuse } from './validation-error';
import { warnOfUnmatchedExclusion } from './warnings';

/**
 * All rotations of a stack are in a construct with this ID, each under its key's logical ID, whichever fleet declares them: so a
 * fleet can be moved, widened or split without replacing a resource.
 */
const ROTATIONS_ID = 'OnDemandKeyRotations';

export interface RotationSettings extends Omit<OnDemandKeyRotationProps, 'key'> {
  readonly providerProps?: OnDemandKeyRotationProviderProps;
}

export class FleetRotations {
  /** `key`: the path or the ARN by which the user knows the key. */
  public readonly rotations: { readonly key: string; readonly rotation: OnDemandKeyRotation }[] = [];
  public readonly skipped: { readonly key: string; readonly reason: string }[] = [];

  private readonly rules: KeyRotatedRules[] = [];
  private readonly considered = new Set<IConstruct>();
  /** Declared keys with the reason to skip them, if any, as the template was when the fleet decided. */
  private readonly reasons = new Map<CfnResource, string | undefined>();
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

  /** Rotates a key that is listed by its ARN, or reports why not. */
  public considerListed(stack: Stack, { id, name, arn }: ListedKey): void {
    const key = { arn };
    const identity = identityOf(stack, key);
    if (this.listed.has(identity)) return;
    this.listed.add(identity);

    const reason = this.reasonToSkip(stack, `key ${name}`, key);
    if (reason !== undefined) {
      this.skip(stack, name, reason);
      return;
    }
    this.rotate(stack, id, arn, name);
    this.report(stack).rotates(name);
  }

  /** Rotates a key that is declared in the scope, or reports why not. */
  public considerDeclared(declaration: CfnResource): void {
    if (!this.isNew(declaration) || this.skips(declaration)) return;
    const stack = Stack.of(declaration);
    const { path } = declaration.node;
    this.rotate(stack, stack.getLogicalId(declaration), declaration.getAtt('Arn').toString(), path);
    this.report(stack).rotates(path, declaration);
  }

  /** Reports an imported key, unless it is rotated. */
  public considerImported(key: kms.IKey): void {
    if (!this.isNew(key)) return;
    const name = `key ${key.node.path}`;
    if (firstRotation(key, { arn: key.keyArn })) return;
    const isExcluded = this.exclusions.coverKey(key, { arn: key.keyArn });
    this.skip(
      Stack.of(key),
      key.node.path,
      isExcluded ? `${name} is excluded.` : `${name} is imported; to rotate it too, list its ARN in keyArns.`,
    );
  }

  /** Reports a declared key that was found too late to be rotated; returns whether it would have been. */
  public misses(declaration: CfnResource): boolean {
    return this.isNew(declaration) && !this.skips(declaration);
  }

  /** Complains about keys that an Aspect has changed after the decision, so that it would now be different. */
  public get changes(): Sentence[] {
    return [...this.reasons].flatMap(([key, reason]) => {
      const now = reasonToSkip(key);
      if (reason === now) return [];
      const { path } = key.node;
      return reason === undefined ? keyToRotateChanged(path, now ?? '') : skippedKeyChanged(path, reason);
    });
  }

  /** Adds rules for the event that a key has been rotated, including keys that are found later. */
  public addRules(rules: KeyRotatedRules): void {
    this.rules.push(rules);
    for (const { key, rotation } of this.rotations)
      this.naming(key, () => {
        rules.add(rotation, rotationsOf(Stack.of(rotation)));
      });
  }

  /** Reports what happens in each stack, and which exclusions match no key. */
  public annotate(): void {
    const { rotationToken, rotateOnCreate } = this.settings;
    for (const [stack, report] of this.reports) {
      const visible = stackWithVisibleMessages(stack);
      report.annotate(visible === stack ? rotationsOf(stack) : visible, rotationToken, rotateOnCreate);
    }
    this.exclusions.unmatched(this.listed).forEach((key) => {
      warnOfUnmatchedExclusion(key, this.fleet.node.path);
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
    if (reason !== undefined) this.skip(stack, declaration.node.path, reason);
    return reason !== undefined;
  }

  private skip(stack: Stack, key: string, reason: string): void {
    this.skipped.push({ key, reason });
    this.report(stack).skips(reason);
  }

  private reasonToSkip(stack: Stack, name: string, key: IdentifiableKey): string | undefined {
    if (this.exclusions.coverKey(stack, key)) return `${name} is excluded.`;
    const other = firstRotation(stack, key)?.rotation;
    if (other) return `${name} is rotated by ${other.node.path}.`;
    const ofKey = key.declaration && reasonToSkip(key.declaration);
    if (key.declaration) this.reasons.set(key.declaration, ofKey);
    return ofKey ?? this.providerFault(stack, name);
  }

  /** Why the stack cannot have a provider, if so. Its keys are then skipped, so that they do not fail all others. */
  private providerFault(stack: Stack, name: string): string | undefined {
    try {
      this.provider(stack);
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

  private provider(stack: Stack): OnDemandKeyRotationProvider {
    const { provider, providerProps } = this.settings;
    return provider ?? OnDemandKeyRotationProvider._ofStack(stack, this.fleet, providerProps);
  }

  private rotate(stack: Stack, id: string, arn: string, name: string): void {
    const rotations = rotationsOf(stack);
    const rotation = this.naming(name, () => {
      const declared = new OnDemandKeyRotation(rotations, id, {
        ...this.settings,
        provider: this.provider(stack),
        key: kms.Key.fromKeyArn(rotations, `Key-${id}`, arn),
        rotateOnCreate: this.settings.rotateOnCreate ?? true,
        completionTimeout: this.settings.completionTimeout ?? Duration.seconds(COMPLETION_TIMEOUT.max),
      });
      for (const rules of this.rules) rules.add(declared, rotations);
      return declared;
    });
    this.rotations.push({ key: name, rotation });
  }

  /** Blames the fleet instead of the rotation, which the user has not declared. */
  private naming<T>(key: string, declare: () => T): T {
    try {
      return declare();
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      refuse(this.fleet, { ...error.sentence, what: `for key ${key}, ${error.sentence.what}` });
    }
  }
}

function rotationsOf(stack: Stack): Construct {
  const existing: unknown = stack.node.tryFindChild(ROTATIONS_ID);
  return isConstruct(existing) ? existing : new Construct(stack, ROTATIONS_ID);
}
