import type { Environment } from '../wire/service';
import { StateHistory } from '../state-history';
import { aliasRefused, invalidArn, noSuchKey, notFound, otherAccount } from './errors';
import { DAY, type KmsKey, keyState, type KeyState, materialId, type RegionalKey } from './kms-key';
import type { KeySettings } from './key-settings';
import { advance } from './scheduled-transitions';

/** What tests and simulations turn; all times in milliseconds of the clock. */
export interface SimulationSettings {
  /** From the acceptance of a rotation until its material is in force. A function tells keys apart by their ARN. */
  rotationTime: number | ((arn: string) => number);
  /**
   * How long GetKeyRotationStatus tells that a rotation is in progress; all the rotation long where it is not said. KMS has
   * been seen to fall silent long before the end, and a repeat in that silence is a second rotation.
   */
  startDateVisibleFor: number | undefined;
  /** How far DescribeKey, GetKeyRotationStatus and ListKeyRotations lag behind. */
  readLag: number | ((operation: string, arn: string) => number);
  /** https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html */
  rotationLimit: number;
  /** How long a new replica is in the state Creating, and the keys whose primary Region changes in Updating. */
  replicationTime: number;
}

/** A key in one Region, as it is or was at a moment. */
export interface Located {
  readonly family: KmsKey;
  readonly member: RegionalKey;
  readonly state: KeyState;
}

export interface Alias {
  readonly name: string;
  readonly targetKeyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** All keys and aliases of an account, with all that they have been. Nothing in here waits: time is asked of the clock. */
export class KeyRing {
  private readonly families = new Map<string, StateHistory<KmsKey>>();
  private readonly aliases = new Map<string, Map<string, Alias>>();

  public constructor(
    private readonly environment: Environment,
    public readonly knobs: SimulationSettings,
  ) {}

  public now(): number {
    return this.environment.clock.now();
  }

  public arn(region: string, resource: string): string {
    return `arn:aws:kms:${region}:${this.environment.accountId}:${resource}`;
  }

  public rotationTime(arn: string): number {
    const { rotationTime } = this.knobs;
    return typeof rotationTime === 'function' ? rotationTime(arn) : rotationTime;
  }

  /** How long ago the state is that a read tells, in milliseconds. */
  public lag(operation: string, arn: string): number {
    const { readLag } = this.knobs;
    return typeof readLag === 'function' ? readLag(operation, arn) : readLag;
  }

  public create(region: string, keyId: string, settings: KeySettings): Located {
    const now = this.now();
    const arn = this.arn(region, `key/${keyId}`);
    const { enabled, periodInDays } = settings.automaticRotation;
    const member: RegionalKey = {
      ...settings.member,
      region,
      arn,
      createdAt: now,
      creatingUntil: now,
      updatingUntil: now,
      imports: {},
      disconnected: false,
    };
    const family: KmsKey = {
      ...settings.family,
      asOf: now,
      keyId,
      primaryRegion: region,
      members: { [region]: member },
      materials: settings.family.origin === 'EXTERNAL' ? [] : [{ id: materialId(keyId, '0') }],
      automaticRotation: { enabled, periodInDays, next: now + periodInDays * DAY, takes: this.rotationTime(arn) },
      underway: [],
      accepted: [],
    };
    const timeline = new StateHistory(advance);
    timeline.record(now, family);
    this.families.set(keyId, timeline);
    return this.locate(region, keyId);
  }

  /** Finds a key by its bare ID, as it was `lag` ago. */
  public locate(region: string, keyId: string, lag = 0): Located {
    const located = this.find(region, keyId, lag);
    if (!located) {
      throw noSuchKey(this.arn(region, `key/${keyId}`));
    }
    return located;
  }

  public find(region: string, keyId: string, lag = 0): Located | undefined {
    const family = this.family(keyId, lag);
    const member = family?.members[region];
    return family && member && { family, member, state: keyState(family, member) };
  }

  /** A family stays known when its last key is gone. */
  public family(keyId: string, lag = 0): KmsKey | undefined {
    return this.families.get(keyId)?.at(this.now() - lag);
  }

  public list(region: string): Located[] {
    return [...this.families.keys()].flatMap((keyId) => this.find(region, keyId) ?? []);
  }

  /** Makes `family` what the key is from now on. */
  public change(family: KmsKey): void {
    this.families.get(family.keyId)?.record(this.now(), family);
  }

  /** Gives the bare key ID of a key ID or a key ARN. Aliases are refused, as most operations do. */
  public keyId(region: string, identifier: string): string {
    const resource = this.resource(region, identifier);
    if (resource.startsWith('alias/')) {
      throw aliasRefused();
    }
    return resource.replace(/^key\//, '');
  }

  /** Gives the bare key ID of a key ID or ARN, an alias name or alias ARN. */
  public keyIdOrAlias(region: string, identifier: string): string {
    const resource = this.resource(region, identifier);
    if (!resource.startsWith('alias/')) {
      return resource.replace(/^key\//, '');
    }
    const alias = this.aliasesOf(region).find(({ name }) => name === resource);
    if (!alias) {
      throw notFound(`Alias ${this.arn(region, resource)} is not found.`);
    }
    return alias.targetKeyId;
  }

  /** An alias goes with its key. */
  public aliasesOf(region: string): Alias[] {
    return [...(this.aliases.get(region)?.values() ?? [])].filter(({ targetKeyId }) => this.find(region, targetKeyId));
  }

  public setAlias(region: string, name: string, targetKeyId: string): void {
    const createdAt = this.aliasesOf(region).find((alias) => alias.name === name)?.createdAt ?? this.now();
    const aliases = this.aliases.get(region) ?? new Map<string, Alias>();
    this.aliases.set(region, aliases.set(name, { name, targetKeyId, createdAt, updatedAt: this.now() }));
  }

  public removeAlias(region: string, name: string): void {
    this.aliases.get(region)?.delete(name);
  }

  /** Gives `key/…`, `alias/…` or a bare key ID. An ARN of another Region is no key, in KMS's words. */
  private resource(region: string, identifier: string): string {
    if (!identifier.startsWith('arn:')) {
      return identifier;
    }
    const [, arnRegion, accountId, resource] =
      /^arn:aws[a-z-]*:kms:([^:]+):(\d+):((?:key|alias)\/.+)$/.exec(identifier) ?? [];
    if (arnRegion === undefined || resource === undefined) {
      throw invalidArn('Invalid arn');
    }
    if (arnRegion !== region) {
      throw notFound(`Invalid arn ${arnRegion}`);
    }
    if (accountId !== this.environment.accountId) {
      throw otherAccount(identifier);
    }
    return resource;
  }
}
