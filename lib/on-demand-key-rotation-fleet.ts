import {
  AspectPriority,
  Aspects,
  type CfnResource,
  type Duration,
  Stack,
  Stage,
  type aws_events as events,
} from 'aws-cdk-lib';
import { Construct, Dependable, type IConstruct } from 'constructs';
import { checkedScope } from './construct-copies';
import { implementDependencyRoots } from './dependency-roots';
import { FleetExclusions } from './fleet-exclusions';
import { type ListedKey, listedKeys } from './fleet-key-arns';
import { isImportedKey } from './fleet-keys';
import { FleetRotations } from './fleet-rotations';
import { isKeyDeclaration } from './key-declaration';
import { checkRuleOptions } from './key-rotated-event';
import { KeyRotatedRules } from './key-rotated-rules';
import type { OnDemandKeyRotation } from './on-demand-key-rotation';
import type { OnDemandKeyRotationProviderProps } from './on-demand-key-rotation-provider-props';
import { injectedProps } from './property-injection';
import { OnDemandKeyRotationProvider } from './on-demand-key-rotation-provider';
import { completionTimeout, reservedRotations, rotateOnCreate, rotationToken } from './rotation-props';
import { shown } from './shown-value';
import { constructsOf, enclosingStack, stagesIn } from './stages';
import {
  declaredKeysInvalid,
  fleetEmpty,
  keyArnsMissing,
  keyMissed,
  providerAndProps,
  stageMissed,
} from './synth-failures';
import { pathOf, refuse, sentenceAbout } from './validation-error';

/**
 * Properties of an `OnDemandKeyRotationFleet`.
 */
export interface OnDemandKeyRotationFleetProps {
  /**
   * Names one rotation of each key. Change it to rotate them all.
   *
   * A token is used up for ever, key by key: a key that joins the fleet later is rotated with the token of that time. It has 1 to
   * 256 characters, counted as UTF-16 code units, neither begins nor ends with white space, and must not be a secret.
   */
  readonly rotationToken: string;

  /**
   * What to skip: keys, and constructs with all the keys in them.
   *
   * A key that has an `OnDemandKeyRotation` of its own need not be excluded.
   *
   * @default - every eligible key of the scope is rotated
   */
  readonly exclude?: IConstruct[];

  /**
   * The ARNs of keys to rotate that are not declared in this app.
   *
   * The fleet's own stack rotates them, and they must belong to its account. The key IDs in the ARNs name the rotations, so they must be
   * known at synth: literal ARNs, or those of `Key.fromLookup`.
   *
   * @default - only keys that are declared in the scope
   */
  readonly keyArns?: string[];

  /**
   * More ARNs, by names of your choice: `{ orders: Fn.importValue('OrdersKeyArn') }`.
   *
   * These may be known only at deployment. Keep the name of a key: renaming creates a new resource, which rotates nothing for the same
   * token.
   *
   * @default - only the keys of `keyArns`
   */
  readonly namedKeyArns?: Record<string, string>;

  /**
   * Whether the keys that are declared in the scope are rotated.
   *
   * If not, the fleet rotates only the keys of `keyArns` and `namedKeyArns`.
   *
   * @default true
   */
  readonly declaredKeys?: boolean;

  /**
   * Whether the first deployment rotates a key.
   *
   * If not, that deployment records the token as used up, if it is the key's first token ever, and a new token rotates the key. A key that
   * moves into the fleet together with a new token is rotated, as it would have been without the move.
   *
   * @default true
   */
  readonly rotateOnCreate?: boolean;

  /**
   * How long a deployment waits for each rotation, including delays by the quotas of KMS and Parameter Store: from 1 to 13 minutes.
   *
   * If it takes longer, the deployment fails; deploying again with the same token completes the same rotations.
   *
   * @default Duration.minutes(13)
   */
  readonly completionTimeout?: Duration;

  /**
   * How many of a key's 25 on-demand rotations must remain, from 0 to 25.
   *
   * A deployment that would leave a key with fewer fails, and rolls back.
   *
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
   * @default 5
   */
  readonly reservedRotations?: number;

  /**
   * The provider that rotates all keys, of the same account and Region.
   *
   * @default - each stack's own provider, created with its first rotation
   */
  readonly provider?: OnDemandKeyRotationProvider;

  /**
   * Properties of each stack's own provider.
   *
   * A stack has one provider: if an earlier rotation has created it without these props, synthesis stops. Cannot be combined with
   * `provider`.
   *
   * @default - the defaults of a provider
   */
  readonly providerProps?: OnDemandKeyRotationProviderProps;
}

/**
 * A key that a fleet skips.
 */
export interface SkippedKey {
  /**
   * The path of the key's construct, or its ARN.
   */
  readonly key: string;

  /**
   * Why the fleet skips it: a sentence that names the way out, if there is one.
   */
  readonly reason: string;
}

/**
 * Rotates every eligible key of a stack, a stage, an app or any other scope on demand: one token, one rotation of each.
 *
 * The scope is the one that the fleet is declared in. Its keys are found at synthesis, so the order of declaration does not matter;
 * imported keys are skipped. An annotation of each stack, which the CDK CLI prints, says what is rotated, what is skipped and why.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 * @example
 * import { App, Stack } from 'aws-cdk-lib';
 * import * as kms from 'aws-cdk-lib/aws-kms';
 * import { OnDemandKeyRotationFleet } from 'cdk-on-demand-key-rotation';
 *
 * const app = new App();
 * const stack = new Stack(app, 'Archive');
 * new kms.Key(stack, 'Documents');
 * new kms.Key(stack, 'Pictures');
 *
 * new OnDemandKeyRotationFleet(stack, 'Fleet', {
 *   rotationToken: 'incident-4711', // change it to rotate both keys
 * });
 */
export class OnDemandKeyRotationFleet extends Construct {
  /**
   * Uniquely identifies this class, for property injectors.
   */
  public static readonly PROPERTY_INJECTION_ID: string = 'cdk-on-demand-key-rotation.OnDemandKeyRotationFleet';

  private readonly props: OnDemandKeyRotationFleetProps;
  private readonly scope: IConstruct;
  /** The stack around the fleet, or its scope: the node at which its Aspect adds constructs. */
  private readonly home: IConstruct;
  private readonly entered = new Set<IConstruct>();
  private readonly exclusions: FleetExclusions;
  private readonly listed: readonly ListedKey[];
  private readonly decided: FleetRotations;

  constructor(scope: Construct, id: string, props: OnDemandKeyRotationFleetProps) {
    super(checkedScope(scope), id);
    props = injectedProps(OnDemandKeyRotationFleet.PROPERTY_INJECTION_ID, props, scope, id);
    this.props = props;
    rotationToken(this, props.rotationToken);
    rotateOnCreate(this, props.rotateOnCreate);
    completionTimeout(this, props.completionTimeout);
    reservedRotations(this, props.reservedRotations);
    OnDemandKeyRotationProvider._given(this, props.provider);
    if (props.provider && props.providerProps) refuse(this, providerAndProps());
    const stack = enclosingStack(scope);
    this.listed = listedKeys(this, stack, props.keyArns, props.namedKeyArns);
    this.checkDeclaredKeys(props.declaredKeys);

    this.scope = scope;
    this.exclusions = new FleetExclusions(this, props.exclude);
    this.decided = new FleetRotations(this, props, this.exclusions);
    // At the stack, because the provider is a child of the stack, and other Aspects do not visit what is added above the visited node.
    this.home = stack ?? scope;
    this.watch(new Set([this.home, ...stagesIn(scope)]));

    // Dependents of the fleet wait for its rotations, which are in the stacks of their keys.
    implementDependencyRoots(this, () => this.rotations.flatMap((rotation) => Dependable.of(rotation).dependencyRoots));
  }

  /**
   * The rotations that the fleet has declared, one for each key.
   *
   * The keys are found at synthesis: until then, the list is empty.
   */
  public get rotations(): OnDemandKeyRotation[] {
    return this.decided.rotations.map(({ rotation }) => rotation);
  }

  /**
   * The keys that the fleet rotates: the paths of their constructs, or the ARNs of `keyArns`.
   *
   * The keys are found at synthesis: until then, the list is empty.
   */
  public get rotatedKeys(): string[] {
    return this.decided.rotations.map(({ key }) => key);
  }

  /**
   * The keys that the fleet skips, each with the reason.
   *
   * The keys are found at synthesis: until then, the list is empty.
   */
  public get skippedKeys(): SkippedKey[] {
    return [...this.decided.skipped];
  }

  /**
   * Creates rules for the event that KMS sends when a key of the fleet has been rotated: in each stack, one for every 20 keys.
   *
   * Rules of all these stacks must be able to reach the target. KMS sends the event on a best-effort basis, for automatic rotations too,
   * and the event does not say whether the rotation was automatic. The deployment that creates a rule may rotate before the rule exists.
   *
   * @param id the beginning of the rules' construct IDs.
   * @param options what the rules do. A target is required; a name is not allowed, because there may be several rules.
   * @see https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
   */
  public onKeyRotated(id: string, options: events.OnEventOptions): void {
    checkRuleOptions(this, options);
    this.decided.addRules(new KeyRotatedRules(`${id}-${this.node.addr.slice(-8)}`, options));
  }

  private checkDeclaredKeys(given: unknown): void {
    if (given !== undefined && typeof given !== 'boolean') refuse(this, declaredKeysInvalid(shown(given)));
    if (given === false && this.listed.length === 0) refuse(this, keyArnsMissing());
  }

  private watch(roots: ReadonlySet<IConstruct>): void {
    const visit = (construct: IConstruct) => {
      if (roots.has(construct)) this.enter(construct);
      else if (this.declares(construct)) this.decided.considerDeclared(construct);
    };
    for (const root of roots) {
      Aspects.of(root).add({ visit }, { priority: AspectPriority.MUTATING });
      root.node.addValidation({ validate: () => this.faultsIn(root) });
    }
  }

  /**
   * Adds all rotations in one visit, before the nodes below are visited: so every other Aspect visits what is added, with or without
   * stabilization. Stabilization gives up after a hundred visits that add Aspects; this counts as one.
   */
  private enter(root: IConstruct): void {
    this.entered.add(root);
    if (root === this.home && Stack.isStack(root))
      for (const key of this.listed) this.decided.considerListed(root, key);
    for (const construct of this.within(root)) {
      if (this.declares(construct)) this.decided.considerDeclared(construct);
      else if (isImportedKey(construct)) this.decided.considerImported(construct);
    }
  }

  /** Whether a construct declares a key in the scope of the fleet. Another Aspect may add one at any time. */
  private declares(construct: IConstruct): construct is CfnResource {
    return (
      this.props.declaredKeys !== false && construct.node.scopes.includes(this.scope) && isKeyDeclaration(construct)
    );
  }

  private within(root: IConstruct): IConstruct[] {
    return [...constructsOf(root === this.home ? this.scope : root)];
  }

  /** Runs after all Aspects: reports what is rotated, and makes synthesis fail if a key was missed. */
  private faultsIn(root: IConstruct): string[] {
    const missedKeys = this.within(root).filter(
      (construct) => this.declares(construct) && this.decided.misses(construct),
    );
    this.decided.annotate();
    const faults = [
      ...missedKeys.map((key) => keyMissed(key.node.path)),
      ...this.decided.changes,
      ...(root === this.home ? this.missedStages().map((stage) => stageMissed(stage.node.path)) : []),
    ];
    if (root === this.home && faults.length === 0 && this.decided.isEmpty) faults.push(fleetEmpty(pathOf(this.scope)));
    return faults.map((fault) => sentenceAbout(this, fault));
  }

  /** Stages are synthesized first, so a stage that has not been entered by now was synthesized without the fleet. */
  private missedStages(): Stage[] {
    return stagesIn(this.scope).filter(
      (stage) =>
        !this.entered.has(stage) &&
        !this.exclusions.cover(stage) &&
        [...constructsOf(stage)].some((construct) => this.declares(construct)),
    );
  }
}
