import { StateHistory } from '../state-history';
import type { Environment } from '../wire/service';
import { aliasRefused, invalidArn, noSuchKey, notFound, otherAccount } from './errors';
import { DAY, type KmsKey, keyState, type KeyState, materialId, type RegionalKey } from './kms-key';
import type { KeySettings } from './key-settings';
import { advance } from './scheduled-transitions';
import type { SimulationSettings } from './simulation-settings';

/** A key in one Region at a moment. */
export interface KeyInRegion {
  readonly key: KmsKey;
  readonly regional: RegionalKey;
  readonly state: KeyState;
}

export interface Alias {
  readonly name: string;
  readonly targetKeyId: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** All keys of an account, with their history, and its aliases. No method waits; each reads the clock. */
export class AccountKeys {
  private readonly histories = new Map<string, StateHistory<KmsKey>>();
  private readonly aliases = new Map<string, Map<string, Alias>>();

  public constructor(
    private readonly environment: Environment,
    public readonly settings: SimulationSettings,
  ) {}

  public get accountId(): string {
    return this.environment.accountId;
  }

  public now(): number {
    return this.environment.clock.now();
  }

  public arn(region: string, resource: string): string {
    return `arn:aws:kms:${region}:${this.environment.accountId}:${resource}`;
  }

  public rotationTime(arn: string): number {
    const { rotationTime } = this.settings;
    return typeof rotationTime === 'function' ? rotationTime(arn) : rotationTime;
  }

  /** How far a read lags behind, in milliseconds. */
  public lag(operation: string, arn: string): number {
    const { readLag } = this.settings;
    return typeof readLag === 'function' ? readLag(operation, arn) : readLag;
  }

  public create(region: string, keyId: string, settings: KeySettings): KeyInRegion {
    const now = this.now();
    const arn = this.arn(region, `key/${keyId}`);
    const { enabled, periodInDays } = settings.automaticRotation;
    const regional: RegionalKey = {
      ...settings.regional,
      region,
      arn,
      createdAt: now,
      creatingUntil: now,
      updatingUntil: now,
      imports: {},
      disconnected: false,
    };
    const key: KmsKey = {
      ...settings.key,
      asOf: now,
      keyId,
      primaryRegion: region,
      regionalKeys: { [region]: regional },
      materialDescriptions: {},
      materials: settings.key.origin === 'EXTERNAL' ? [] : [{ id: materialId(keyId, '0') }],
      automaticRotation: {
        enabled,
        periodInDays,
        next: now + periodInDays * DAY,
        rotationTime: this.rotationTime(arn),
      },
      underway: [],
      accepted: [],
    };
    const timeline = new StateHistory(advance);
    timeline.record(now, key);
    this.histories.set(keyId, timeline);
    return this.locate(region, keyId);
  }

  /** Finds a key by its bare ID, as it was `lag` ago. */
  public locate(region: string, keyId: string, lag = 0): KeyInRegion {
    const located = this.find(region, keyId, lag);
    if (!located) {
      throw noSuchKey(this.arn(region, `key/${keyId}`));
    }
    return located;
  }

  public find(region: string, keyId: string, lag = 0): KeyInRegion | undefined {
    const key = this.key(keyId, lag);
    const regional = key?.regionalKeys[region];
    return key && regional && { key, regional, state: keyState(key, regional) };
  }

  /** Finds even a key that is deleted in all Regions. */
  public key(keyId: string, lag = 0): KmsKey | undefined {
    return this.histories.get(keyId)?.at(this.now() - lag);
  }

  public list(region: string): KeyInRegion[] {
    return [...this.histories.keys()].flatMap((keyId) => this.find(region, keyId) ?? []);
  }

  /** Records `key` as the key's state from now on. */
  public change(key: KmsKey): void {
    this.histories.get(key.keyId)?.record(this.now(), key);
  }

  /** Returns the bare ID for a key ID or key ARN. Refuses aliases, as most operations do. */
  public keyId(region: string, identifier: string): string {
    const resource = this.resource(region, identifier);
    if (resource.startsWith('alias/')) {
      throw aliasRefused();
    }
    return bareKeyId(resource);
  }

  /** Returns the bare ID for a key ID, key ARN, alias name or alias ARN. */
  public keyIdOrAlias(region: string, identifier: string): string {
    const resource = this.resource(region, identifier);
    if (!resource.startsWith('alias/')) {
      return bareKeyId(resource);
    }
    const alias = this.aliasesOf(region).find(({ name }) => name === resource);
    if (!alias) {
      throw notFound(`Alias ${this.arn(region, resource)} is not found.`);
    }
    return alias.targetKeyId;
  }

  /** Omits aliases of deleted keys. */
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

  /** Returns `key/…`, `alias/…` or a bare key ID. KMS reports an ARN of another Region as not found. */
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

/** Takes `key/<ID>` or `<ID>`, and refuses malformed IDs. */
function bareKeyId(resource: string): string {
  const keyId = resource.replace(/^key\//, '');
  if (!/^([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32})$/.test(keyId)) {
    throw notFound(`Invalid keyId '${keyId}'`);
  }
  return keyId;
}
