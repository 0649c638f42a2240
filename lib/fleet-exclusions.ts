import type { IConstruct } from 'constructs';
import { isImportedKey, isNamedKey } from './fleet-keys';
import { declarationOf } from './key-declaration';
import { type IdentifiableKey, type KeyIdentity, identityOf } from './key-identity';
import { type GivenKey, givenKey } from './rotatable-key';
import { isConstruct, shown } from './shown-value';
import { excludeInvalid } from './synth-failures';
import { refuse } from './validation-error';

/** A fleet's `exclude`: keys, by any of their names, and scopes with everything in them. */
export class FleetExclusions {
  private readonly constructs: ReadonlySet<IConstruct>;
  /** The keys among `constructs`. */
  private readonly keys: readonly GivenKey[];

  constructor(fleet: IConstruct, exclude: unknown = []) {
    if (!Array.isArray(exclude)) refuse(fleet, excludeInvalid('exclude', shown(exclude)));
    const constructs = exclude.map((entry: unknown, i) =>
      isConstruct(entry) ? entry : refuse(fleet, excludeInvalid(`exclude[${i}]`, shown(entry))),
    );
    this.constructs = new Set(constructs);
    this.keys = constructs.filter(isNamedKey).map((key) => givenKey(fleet, key));
  }

  public cover(construct: IConstruct): boolean {
    return construct.node.scopes.some((scope) => this.constructs.has(scope));
  }

  /** To be called at synthesis, when all keys have been imported into the excluded scopes. */
  public coverKey(scope: IConstruct, key: IdentifiableKey): boolean {
    return (
      (key.declaration !== undefined && this.cover(key.declaration)) || this.identities().has(identityOf(scope, key))
    );
  }

  /** Excluded ARNs that match no known key; an ARN cannot identify a key declared in the app. */
  public unmatched(known: ReadonlySet<KeyIdentity>): IConstruct[] {
    return this.keys
      .filter((key) => declarationOf(key.arn) === undefined && !known.has(identity(key)))
      .map(({ construct }) => construct);
  }

  private identities(): Set<KeyIdentity> {
    const imported = [...this.constructs].flatMap((construct) => construct.node.findAll()).filter(isImportedKey);
    return new Set([...this.keys, ...imported.map((key) => ({ arn: key.keyArn, construct: key }))].map(identity));
  }
}

function identity({ arn, construct }: GivenKey): KeyIdentity {
  return identityOf(construct, { arn, declaration: declarationOf(arn) });
}
