import { AspectPriority, Aspects, type CfnResource, type Duration, Stack, Stage } from 'aws-cdk-lib';
import { Construct, type IConstruct } from 'constructs';
import { FleetExclusions } from './fleet-exclusions';
import { type ListedKey, listedKeys } from './fleet-key-arns';
import { constructsOf, isImportedKey, stagesIn } from './fleet-keys';
import { FleetRotations } from './fleet-rotations';
import { isKeyDeclaration } from './key-declaration';
import { OnDemandKeyRotationProvider } from './on-demand-key-rotation-provider';
import { completionTimeout, reservedRotations, rotateOnCreate, rotationToken } from './rotation-props';
import type { Sentence } from './sentence';
import { shown } from './shown-value';
import { declaredKeysInvalid, fleetEmpty, keyArnsMissing, keyMissed, stageMissed } from './synth-failures';
import { refuse, sentenceAbout } from './validation-error';

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
   * They are rotated by the fleet's own stack and belong to its account. The key IDs in them name the rotations, so they are known
   * at synth: literal ARNs, or those of `Key.fromLookup`.
   *
   * @default - only keys that are declared in the scope
   */
  readonly keyArns?: string[];

  /**
   * More ARNs, by names of your choice: `{ orders: Fn.importValue('OrdersKeyArn') }`.
   *
   * These may be known at deployment only. A name stays that of its key: under another, the same token is deployed as a new rotation
   * (which rotates nothing).
   *
   * @default - only the keys of `keyArns`
   */
  readonly namedKeyArns?: Record<string, string>;

  /**
   * Whether the keys that are declared in the scope are rotated.
   *
   * If not, only those of `keyArns` and `namedKeyArns` are.
   *
   * @default true
   */
  readonly declaredKeys?: boolean;

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
  private readonly scope: IConstruct;
  /** Where synthesis enters for this fleet: the stack around it, or its scope. Only there can constructs be added. */
  private readonly home: IConstruct;
  private readonly entered = new Set<IConstruct>();
  private readonly exclusions: FleetExclusions;
  private readonly listed: readonly ListedKey[];
  private readonly rotations: FleetRotations;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: OnDemandKeyRotationFleetProps,
  ) {
    super(scope, id);
    rotationToken(this, props.rotationToken);
    rotateOnCreate(this, props.rotateOnCreate);
    completionTimeout(this, props.completionTimeout);
    reservedRotations(this, props.reservedRotations);
    OnDemandKeyRotationProvider._given(this, props.provider);
    const stack = enclosingStack(scope);
    this.listed = listedKeys(this, stack, props.keyArns, props.namedKeyArns);
    this.checkDeclaredKeys(props.declaredKeys);

    this.scope = scope;
    this.exclusions = new FleetExclusions(this, props.exclude);
    this.rotations = new FleetRotations(this, props, this.exclusions);
    // At the stack, for a provider is a construct of the stack, and what an Aspect adds above itself no other Aspect sees.
    this.home = stack ?? scope;
    this.watch(new Set([this.home, ...stagesIn(scope)]));
  }

  private checkDeclaredKeys(given: unknown): void {
    if (given !== undefined && typeof given !== 'boolean') refuse(this, declaredKeysInvalid(shown(given)));
    if (given === false && this.listed.length === 0) refuse(this, keyArnsMissing());
  }

  private watch(roots: ReadonlySet<IConstruct>): void {
    const visit = (construct: IConstruct) => {
      if (roots.has(construct)) this.enter(construct);
      else if (this.declares(construct)) this.rotations.considerDeclared(construct);
    };
    for (const root of roots) {
      Aspects.of(root).add({ visit }, { priority: AspectPriority.MUTATING });
      root.node.addValidation({ validate: () => this.validate(root) });
    }
  }

  /**
   * Adds all rotations in one visit, before synthesis goes below: so every other Aspect sees what is added, whether Aspects are
   * stabilized or not; and stabilization, which gives up after a hundred visits that add Aspects, counts one.
   */
  private enter(root: IConstruct): void {
    this.entered.add(root);
    if (root === this.home && Stack.isStack(root))
      for (const key of this.listed) this.rotations.considerListed(root, key);
    for (const construct of this.within(root)) {
      if (this.declares(construct)) this.rotations.considerDeclared(construct);
      else if (isImportedKey(construct)) this.rotations.considerImported(construct);
    }
  }

  /** Whether a construct declares a key that is the fleet's to rotate. Another Aspect may add one at any time. */
  private declares(construct: IConstruct): construct is CfnResource {
    return (
      this.props.declaredKeys !== false && construct.node.scopes.includes(this.scope) && isKeyDeclaration(construct)
    );
  }

  private within(root: IConstruct): IConstruct[] {
    return [...constructsOf(root === this.home ? this.scope : root)];
  }

  /** When Aspects have done their work: tells what is rotated, and has synthesis fail rather than miss a key. */
  private validate(root: IConstruct): string[] {
    const missedKeys = this.within(root).filter(
      (construct) => this.declares(construct) && this.rotations.misses(construct),
    );
    this.rotations.tell();
    return [
      ...missedKeys.map((key) => keyMissed(key.node.path)),
      ...(root === this.home
        ? [...this.missedStages().map((stage) => stageMissed(stage.node.path)), ...this.emptiness()]
        : []),
    ].map((sentence) => sentenceAbout(this, sentence));
  }

  /** Stages are synthesized first, so one that has not been entered by now has been synthesized without the fleet. */
  private missedStages(): Stage[] {
    return stagesIn(this.scope).filter(
      (stage) =>
        !this.entered.has(stage) &&
        !this.exclusions.cover(stage) &&
        [...constructsOf(stage)].some((construct) => this.declares(construct)),
    );
  }

  private emptiness(): Sentence[] {
    const { path } = this.scope.node;
    return this.rotations.isEmpty ? [fleetEmpty(path === '' ? 'the app' : path)] : [];
  }
}

/** No further up than to the nearest stage, which is synthesized apart from the stack that it may be in. */
function enclosingStack(scope: IConstruct): Stack | undefined {
  const nearest = [...scope.node.scopes]
    .reverse()
    .find((construct) => Stack.isStack(construct) || Stage.isStage(construct));
  return Stack.isStack(nearest) ? nearest : undefined;
}
