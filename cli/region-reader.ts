import { type KeyListEntry, paginateListAliases, paginateListKeys } from '@aws-sdk/client-kms';
import { parallelMap } from 'streaming-iterables';
import { faultOf, textOf } from '../lambda/aws-error';
import { kmsOf, parameterStoreOf } from '../lambda/aws-services';
import { type KeyState, lookAt } from '../lambda/key-state';
import { type Contents, parse, pathOf } from '../lambda/ledger-record';
import type { Kms, Parameter } from '../lambda/services';
import { LEDGER_PATH } from '../lib/protocol';
import type { Aws } from './aws';
import { accessProblem } from './aws-problem';
import type { Gaps } from './gaps';
import type { Io } from './io';
import { noSuchKey } from './problem';

/**
 * How many keys are read concurrently. At 50 milliseconds a call, that is 66 calls of ListKeyRotations a second, of the 100 of an account
 * and Region; the rest is for a concurrent deployment.
 * https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
 */
const KEYS_AT_ONCE = 10;
/** For more keys than this, all ledgers of the Region are read together. */
const MANY_LEDGERS = 10;
/** Time limit of one call and its retries, in milliseconds. */
const PATIENCE = 120_000;

type Part = 'DescribeKey' | 'GetKeyRotationStatus' | 'ListKeyRotations' | 'ledger';

/** A key with all that can be read about it. */
export interface KeyView {
  readonly region: string;
  readonly keyId: string;
  readonly keyArn: string;
  readonly aliases: readonly string[];
  /** `undefined` if DescribeKey failed. */
  readonly key: KeyState | undefined;
  /** The key does not exist. */
  readonly isGone: boolean;
  readonly ledger: Contents;
  /** What could not be read. */
  readonly lacks: ReadonlySet<Part>;
}

export const EMPTY_LEDGER: Contents = { records: [], damage: [], last: 0 };

/** Reads the account's keys, aliases and ledgers in one Region. */
export class RegionReader {
  private knownAliases: Promise<ReadonlyMap<string, string[]>> | undefined;
  private knownLedgers: Promise<ReadonlyMap<string, Contents> | undefined> | undefined;

  public constructor(
    private readonly aws: Aws,
    public readonly region: string,
    private readonly gaps: Gaps,
    private readonly io: Pick<Io, 'now'>,
  ) {}

  /** All keys, in KMS's order, each as soon as it is known. */
  public async *views(): AsyncIterable<KeyView> {
    // Wait for both, so that no promise is left pending.
    await Promise.allSettled([this.ledgers(), this.aliases()]);
    await this.aliases();
    const ledgers = await this.ledgers();
    yield* parallelMap(
      KEYS_AT_ONCE,
      ({ KeyArn = '', KeyId = '' }) =>
        this.view(KeyArn, ledgers === undefined ? undefined : (ledgers.get(KeyId) ?? EMPTY_LEDGER)),
      this.keys(),
    );
  }

  /** Some keys, by ID, ARN or alias. */
  public viewsOf(identifiers: readonly string[]): AsyncIterable<KeyView> {
    return parallelMap(
      KEYS_AT_ONCE,
      async (identifier) => {
        const keyArn = await this.arnOf(identifier);
        return this.view(keyArn, await this.ledger(keyIdOf(keyArn)));
      },
      identifiers,
    );
  }

  /** Keys by ARN, which may not exist. */
  public async *viewsByArn(keyArns: readonly string[]): AsyncIterable<KeyView> {
    const ledgers = keyArns.length > MANY_LEDGERS ? await this.ledgers() : undefined;
    yield* parallelMap(
      KEYS_AT_ONCE,
      async (keyArn) => {
        const keyId = keyIdOf(keyArn);
        const all = keyArns.length > MANY_LEDGERS;
        return this.view(keyArn, all ? ledgers && (ledgers.get(keyId) ?? EMPTY_LEDGER) : await this.ledger(keyId));
      },
      keyArns,
    );
  }

  public async *keys(): AsyncIterable<KeyListEntry> {
    const pages = paginateListKeys({ client: this.aws.kms(this.region), pageSize: 1000 }, {});
    for (;;) {
      const page = await this.gaps.attempt('kms:ListKeys', this.region, this.region, () => pages.next());
      if (page === undefined || page.done) return;
      yield* page.value.Keys ?? [];
    }
  }

  /** The aliases of all keys, by key ID. */
  public aliases(): Promise<ReadonlyMap<string, string[]>> {
    this.knownAliases ??= this.readAliases();
    return this.knownAliases;
  }

  /** The ledgers of all keys, by key ID: ten records per call, rather than a call per key. */
  public ledgers(): Promise<ReadonlyMap<string, Contents> | undefined> {
    this.knownLedgers ??= this.readLedgers();
    return this.knownLedgers;
  }

  public async ledger(keyId: string): Promise<Contents | undefined> {
    const parameters = await this.gaps.attempt('ssm:GetParametersByPath', `key ${keyId}`, this.region, () =>
      this.parameters(pathOf(keyId)),
    );
    return parameters && this.parsed(keyId, parameters);
  }

  /** Has the ledgers read again. */
  public expire(): void {
    this.knownLedgers = undefined;
  }

  /** @param ledger `undefined` if it could not be read. */
  public async view(keyArn: string, ledger: Contents | undefined): Promise<KeyView> {
    const { region } = this;
    const keyId = keyIdOf(keyArn);
    const lacks = new Set<Part>(ledger === undefined ? ['ledger'] : []);
    const aliases = (await this.aliases()).get(keyId) ?? [];
    let isGone = false;
    const key = await this.attempt('DescribeKey', keyArn, lacks, async () => {
      try {
        return await lookAt(this.tolerantKms(lacks), keyArn, this.io.now);
      } catch (error) {
        if (faultOf(error) !== 'missing') throw error;
        isGone = true;
        return 'gone';
      }
    });
    return {
      region,
      keyId,
      keyArn,
      aliases,
      key: key === 'gone' ? undefined : key,
      isGone,
      ledger: ledger ?? EMPTY_LEDGER,
      lacks,
    };
  }

  /**
   * The ARN of the key with an ID, an ARN or an alias.
   *
   * @throws Problem if there is no such key here.
   */
  public async arnOf(identifier: string): Promise<string> {
    try {
      const { Arn = identifier } = await kmsOf(this.aws.kms(this.region), PATIENCE).describeKey(identifier);
      return Arn;
    } catch (error) {
      throw accessProblem(error, this.region, this.aws.profile) ?? noSuchKey(identifier, this.region, textOf(error));
    }
  }

  /** One denied call does not hide the results of the others. */
  private tolerantKms(lacks: Set<Part>): Kms {
    const kms = kmsOf(this.aws.kms(this.region), PATIENCE);
    return {
      ...kms,
      getKeyRotationStatus: async (keyArn) =>
        (await this.attempt('GetKeyRotationStatus', keyArn, lacks, () => kms.getKeyRotationStatus(keyArn))) ?? {
          $metadata: {},
        },
      listKeyRotations: async (keyArn, ...page) =>
        (await this.attempt('ListKeyRotations', keyArn, lacks, () => kms.listKeyRotations(keyArn, ...page))) ?? {
          $metadata: {},
        },
    };
  }

  private async attempt<T>(part: Part, keyArn: string, lacks: Set<Part>, read: () => Promise<T>) {
    const result = await this.gaps.attempt(`kms:${part}`, `key ${keyIdOf(keyArn)}`, this.region, read);
    if (result === undefined) lacks.add(part);
    return result;
  }

  private async readAliases(): Promise<ReadonlyMap<string, string[]>> {
    const byKey = new Map<string, string[]>();
    await this.gaps.attempt('kms:ListAliases', this.region, this.region, async () => {
      for await (const { Aliases = [] } of paginateListAliases(
        { client: this.aws.kms(this.region), pageSize: 100 },
        {},
      )) {
        for (const { AliasName = '', TargetKeyId } of Aliases) {
          if (TargetKeyId !== undefined) byKey.set(TargetKeyId, [...(byKey.get(TargetKeyId) ?? []), AliasName]);
        }
      }
    });
    return byKey;
  }

  private async readLedgers(): Promise<ReadonlyMap<string, Contents> | undefined> {
    const all = await this.gaps.attempt('ssm:GetParametersByPath', this.region, this.region, () =>
      this.parameters(LEDGER_PATH),
    );
    if (all === undefined) return undefined;
    const byKey = new Map<string, Parameter[]>();
    for (const parameter of all) {
      const keyId = parameter.name.split('/')[2] ?? '';
      const known = byKey.get(keyId);
      if (known) known.push(parameter);
      else byKey.set(keyId, [parameter]);
    }
    return new Map([...byKey].map(([keyId, parameters]) => [keyId, this.parsed(keyId, parameters)]));
  }

  private parsed(keyId: string, parameters: readonly Parameter[]): Contents {
    const contents = parse(keyId, parameters);
    contents.damage.forEach(({ kind, parameter }) => {
      this.gaps.addDamage(kind, parameter);
    });
    return contents;
  }

  private async parameters(path: string): Promise<Parameter[]> {
    const store = parameterStoreOf(this.aws.ssm(this.region), PATIENCE);
    const parameters: Parameter[] = [];
    let token: string | undefined;
    do {
      const page = await store.getParametersByPath(path, token);
      parameters.push(...page.parameters);
      token = page.nextToken;
    } while (token !== undefined);
    return parameters;
  }
}

/** `undefined` for a key ID or an alias. */
export function regionInArn(key: string): string | undefined {
  return key.split(':')[3];
}

export function keyIdOf(keyArn: string): string {
  return keyArn.slice(keyArn.lastIndexOf('/') + 1);
}
