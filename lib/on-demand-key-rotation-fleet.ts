import {
  Arn,
  ArnFormat,
  AspectPriority,
  Aspects,
  Duration,
  Stack,
  Token,
  type aws_events as events,
  aws_kms as kms,
} from 'aws-cdk-lib';
import { Construct, Dependable, type IConstruct } from 'constructs';
import { implementDependencyRoots } from './dependency-roots';
import { Exclusions, constructsOf, isImportedKey, isKeyDeclaration, reasonToSkip, stagesIn } from './fleet-keys';
import { FleetReport } from './fleet-report';
import { checkRuleOptions } from './key-rotated-event';
import { KeyRotatedRules } from './key-rotated-rules';
import { OnDemandKeyRotation } from './on-demand-key-rotation';
import { OnDemandKeyRotationProvider, type OnDemandKeyRotationProviderProps } from './on-demand-key-rotation-provider';
import { injectedProps } from './property-injection';
import { COMPLETION_TIMEOUT } from './protocol';
import { refuse } from './validation-error';
import { existingRotation } from './rotated-keys';
import { completionTimeout, reservedRotations, rotationToken } from './rotation-props';

/**
 * Whichever fleet declares them, all rotations of a stack are in a construct of this ID, each under its key's logical ID: so a
 * fleet can be moved, widened or split without a resource being replaced.
 */
const ROTATIONS_ID = 'OnDemandKeyRotations';

/**
 * Properties of an `OnDemandKeyRotationFleet`.
 */
export interface OnDemandKeyRotationFleetProps {
  /**
   * Names one rotation of each key. Change it to rotate them all.
   *
   * A token is used up for ever, key by key: a key that joins the fleet later is rotated with the token of that time. It has 1 to
   * 256 characters, counted as UTF-16 code units, neither begins nor ends with white space, and is no secret.
   */
  readonly rotationToken: string;

  /**
   * What to leave alone: keys, and constructs with all the keys in them.
   *
   * A key that has an `OnDemandKeyRotation` of its own need not be excluded.
   *
   * @default - every eligible key of the scope is rotated
   */
  readonly exclude?: IConstruct[];

  /**
   * The ARNs of keys to rotate that are not declared in this app.
   *
   * They are rotated by the fleet's own stack and belong to its account.
   *
   * @default - only keys that are declared in the scope
   */
  readonly keyArns?: string[];

  /**
   * Whether the first deployment rotates a key.
   *
   * If not, that deployment records the token as used up, and the key is rotated when the token changes.
   *
   * @default true
   */
  readonly rotateOnCreate?: boolean;

  /**
   * How long a deployment waits for each rotation to be over, its turn within the quotas of KMS and Parameter Store included:
   * from 1 to 13 minutes.
   *
   * If it takes longer, the deployment fails; deploying again with the same token picks up the same rotations.
   *
   * @default Duration.minutes(13)
   */
  readonly completionTimeout?: Duration;

  /**
   * How many of a key's 25 on-demand rotations have to remain, from 0 to 25.
   *
   * A deployment that would leave a key fewer fails, and rolls back.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
   * @default 5
   */
  readonly reservedRotations?: number;

  /**
   * The provider that rotates all keys, of the same account and Region.
   *
   * @default - in each stack its own, made with the first rotation
   */
  readonly provider?: OnDemandKeyRotationProvider;

  /**
   * What each stack's own provider is made with.
   *
   * A stack has one provider: where a rotation was declared before, it has been made without these props, and synthesis stops.
   * Not together with `provider`.
   *
   * @default - the defaults of a provider
   */
  readonly providerProps?: OnDemandKeyRotationProviderProps;
}

/**
 * A key that a fleet leaves out.
 */
export interface SkippedKey {
  /**
   * The path of the key's construct, or its ARN.
   */
  readonly key: string;

  /**
   * Why the fleet leaves it out: a sentence that names the way out, if there is one.
   */
  readonly reason: string;
}

/**
 * Rotates every eligible key of a stack, a stage, an app or any other scope on demand: one token, one rotation of each.
 *
 * The scope is the one that the fleet is declared in. Its keys are found at synthesis, so that it does not matter which is
 * declared first; keys that are imported are not among them. What is rotated, what is skipped and why stands in an annotation of
 * each stack, which the CDK CLI prints.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
export class OnDemandKeyRotationFleet extends Construct {
  /**
   * Uniquely identifies this class, for property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-on-demand-key-rotation.OnDemandKeyRotationFleet';

  private readonly props: OnDemandKeyRotationFleetProps;
  private readonly scope: IConstruct;
  /** Where synthesis enters: the scope, or the stack around it, and the stages within. */
  private readonly roots: ReadonlySet<IConstruct>;
  private readonly entered = new Set<IConstruct>();
  private readonly considered = new Set<IConstruct>();
  private readonly exclusions: Exclusions;
  private readonly declared: { readonly key: string; readonly rotation: OnDemandKeyRotation }[] = [];
  private readonly skipped: SkippedKey[] = [];
  private readonly rules: KeyRotatedRules[] = [];

  constructor(scope: Construct, id: string, props: OnDemandKeyRotationFleetProps) {
    super(scope, id);
    props = injectedProps(OnDemandKeyRotationFleet.PROPERTY_INJECTION_ID, props, scope, id);
    this.props = props;
    rotationToken(this, props.rotationToken);
    completionTimeout(this, props.completionTimeout);
    reservedRotations(this, props.reservedRotations);
    this.checkProvider();
    this.scope = scope;
    this.exclusions = new Exclusions(this, props.exclude ?? []);
    this.importKeys(props.keyArns ?? []);

    // At the stack, for a provider is a construct of the stack, and what an Aspect adds above itself no other Aspect sees.
    this.roots = new Set([enclosingStack(scope) ?? scope, ...stagesIn(scope)]);
    const aspect = {
      visit: (construct: IConstruct) => {
        this.visit(construct);
      },
    };
    for (const root of this.roots) Aspects.of(root).add(aspect, { priority: AspectPriority.MUTATING });

    // What depends on the fleet waits for its rotations, which are constructs of their keys' stacks.
    implementDependencyRoots(this, () => this.rotations.flatMap((rotation) => Dependable.of(rotation).dependencyRoots));
  }

  /**
   * The rotations that the fleet has declared, one for each key.
   *
   * The keys are found at synthesis: until then, only those of `keyArns` are among them.
   */
  public get rotations(): OnDemandKeyRotation[] {
    return this.declared.map(({ rotation }) => rotation);
  }

  /**
   * The keys that the fleet rotates: the paths of their constructs, or the ARNs of `keyArns`.
   *
   * The keys are found at synthesis: until then, only those of `keyArns` are among them.
   */
  public get rotatedKeys(): string[] {
    return this.declared.map(({ key }) => key);
  }

  /**
   * The keys that the fleet leaves out, each with the reason.
   *
   * They are found at synthesis: until then, there are none.
   */
  public get skippedKeys(): SkippedKey[] {
    return [...this.skipped];
  }

  /**
   * Makes rules for the event that KMS sends when a key of the fleet has been rotated: in each stack, one for every 20 keys.
   *
   * The target must be one that a rule of each of these stacks can reach. KMS sends the event on a best-effort basis, for automatic
   * rotations too, and the event does not tell which it was. The event of a deployment that makes the rule may come before the rule.
   *
   * @param id what the construct IDs of the rules begin with.
   * @param options what the rules do. A target is required; a name is not allowed, for there may be several rules.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
   */
  public onKeyRotated(id: string, options: events.OnEventOptions): void {
    checkRuleOptions(this, options);
    const rules = new KeyRotatedRules(`${id}-${this.node.addr.slice(-8)}`, options);
    this.rules.push(rules);
    for (const rotation of this.rotations) rules.add(rotation, rotationsOf(Stack.of(rotation)));
  }

  private checkProvider(): void {
    if (this.props.provider === undefined || this.props.providerProps === undefined) return;
    refuse(this, 'ProviderProps', 'both provider and providerProps are given; allowed is one of them.');
  }

  /** With `keyArns`, no key is looked for: these are rotated as they are listed. */
  private importKeys(arns: readonly string[]): void {
    if (arns.length === 0) return;
    const stack =
      enclosingStack(this.scope) ??
      refuse(
        this,
        'KeyArns',
        'keyArns are rotated by the stack of the fleet, and this one is in no stack. Declare a fleet for them in a stack of their account.',
      );
    const report = new FleetReport(this, stack);
    for (const arn of new Set(arns)) {
      const id = this.idOf(arn);
      const rotations = rotationsOf(stack);
      this.rotate(kms.Key.fromKeyArn(rotations, `Key-${id}`, arn), id, arn);
      report.rotates(arn);
    }
    report.tell(rotationsOf(stack), this.props.rotationToken);
  }

  /** Unlike an index into the list, it stays the same when the list changes. */
  private idOf(arn: string): string {
    if (Token.isUnresolved(arn)) {
      refuse(
        this,
        'KeyArns',
        'one of the keyArns is not known at synth, and the key IDs in them name the rotations; allowed are literal ARNs.' +
          ' Import that key with Key.fromKeyArn, and declare an OnDemandKeyRotation for it.',
      );
    }
    const { region = '', resourceName = '' } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
    return `${region}-${resourceName}`;
  }

  private visit(construct: IConstruct): void {
    if (this.roots.has(construct)) this.enter(construct);
    else if (this.isLate(construct)) this.consider([construct]);
  }

  /**
   * Adds all rotations in one visit, before synthesis goes below: so every other Aspect sees what is added, whether Aspects are
   * stabilized or not; and stabilization, which gives up after a hundred visits that add Aspects, counts one.
   */
  private enter(root: IConstruct): void {
    this.entered.add(root);
    const within = root.node.scopes.includes(this.scope) ? root : this.scope;
    if (within === this.scope) this.checkStages();
    this.consider([...constructsOf(within)]);
  }

  /** A key that another Aspect has added meanwhile. */
  private isLate(construct: IConstruct): boolean {
    return isKeyDeclaration(construct) && construct.node.scopes.includes(this.scope);
  }

  /** Stages are synthesized first, so one that has not been entered by now has been synthesized without the fleet. */
  private checkStages(): void {
    const missed = stagesIn(this.scope).find((stage) => !this.entered.has(stage) && !this.exclusions.cover(stage));
    if (!missed) return;
    refuse(
      this,
      'FleetStage',
      `stage ${missed.node.path} was declared after this fleet, or synthesized before it, so none of its keys would be` +
        ' rotated. Declare the fleet after the stages (and before they are added to a pipeline), or a fleet in each stage, or exclude the stage.',
    );
  }

  private consider(constructs: readonly IConstruct[]): void {
    const reports = new Map<Stack, FleetReport>();
    for (const construct of constructs) {
      // An app may be synthesized more than once.
      if (this.considered.has(construct) || !(isKeyDeclaration(construct) || isImportedKey(construct))) continue;
      this.considered.add(construct);
      const stack = Stack.of(construct);
      const report = reports.get(stack) ?? new FleetReport(this, stack);
      reports.set(stack, report);
      if (isKeyDeclaration(construct)) this.considerDeclared(construct, stack, report);
      else if (!existingRotation(this, { arn: construct.keyArn }))
        this.skip(
          construct,
          `key ${construct.node.path} is imported; to rotate it too, list its ARN in keyArns.`,
          report,
        );
    }
    for (const [stack, report] of reports) {
      report.tell(rotationsOf(stack), this.props.rotationToken);
      if (this.props.rotateOnCreate === undefined) report.warnOfFirstRotation(rotationsOf(stack));
    }
  }

  private considerDeclared(declaration: kms.CfnKey | kms.CfnReplicaKey, stack: Stack, report: FleetReport): void {
    const reason = reasonToSkip(declaration, this.exclusions);
    if (reason !== undefined) {
      this.skip(declaration, reason, report);
      return;
    }
    const id = stack.getLogicalId(declaration);
    const { path } = declaration.node;
    this.rotate(kms.Key.fromKeyArn(rotationsOf(stack), `Key-${id}`, declaration.attrArn), id, path);
    report.rotates(path);
  }

  private skip(key: IConstruct, reason: string, report: FleetReport): void {
    this.skipped.push({ key: key.node.path, reason });
    report.skips(reason);
  }

  /** @param name by which the user knows the key. */
  private rotate(key: kms.IKey, id: string, name: string): void {
    const {
      rotationToken: token,
      rotateOnCreate = true,
      completionTimeout: timeout,
      reservedRotations: reserved,
      provider,
      providerProps,
    } = this.props;
    const stack = Stack.of(key);
    const rotation = new OnDemandKeyRotation(rotationsOf(stack), id, {
      key,
      rotationToken: token,
      rotateOnCreate,
      completionTimeout: timeout ?? Duration.seconds(COMPLETION_TIMEOUT.max),
      reservedRotations: reserved,
      provider: provider ?? OnDemandKeyRotationProvider._ofStack(stack, this, providerProps),
    });
    this.declared.push({ key: name, rotation });
    for (const rules of this.rules) rules.add(rotation, rotationsOf(stack));
  }
}

function enclosingStack(scope: IConstruct): Stack | undefined {
  return [...scope.node.scopes].reverse().find((construct): construct is Stack => Stack.isStack(construct));
}

function rotationsOf(stack: Stack): Construct {
  const existing = stack.node.tryFindChild(ROTATIONS_ID);
  return existing instanceof Construct ? existing : new Construct(stack, ROTATIONS_ID);
}
