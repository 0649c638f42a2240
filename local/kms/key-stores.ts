import { randomBytes } from 'node:crypto';
import { optionalChoice, optionalText, requiredText } from '../wire/input';
import { type Call, ServiceError } from '../wire/service';
import type { Operations } from './call-target';
import { withRegional } from './kms-key';
import type { AccountKeys } from './account-keys';

export type KeyStoreType = 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';

interface KeyStore {
  readonly id: string;
  readonly name: string;
  readonly type: KeyStoreType;
  readonly connected: boolean;
}

/**
 * Custom key stores. Keys in a disconnected store are unavailable.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html
 */
export class KeyStores {
  private readonly regions = new Map<string, Map<string, KeyStore>>();

  public constructor(private readonly accountKeys: AccountKeys) {}

  public readonly operations: Operations = {
    CreateCustomKeyStore: ({ region, input }) => {
      const type =
        optionalChoice(input, 'CustomKeyStoreType', ['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE']) ?? 'AWS_CLOUDHSM';
      return {
        CustomKeyStoreId: this.create(region, type, requiredText(input, 'CustomKeyStoreName', { max: 256 }), false),
      };
    },
    DescribeCustomKeyStores: ({ region, input }) => {
      const id = optionalText(input, 'CustomKeyStoreId', { max: 64 });
      const stores = id === undefined ? [...this.inRegion(region).values()] : [this.store(region, id)];
      return { CustomKeyStores: stores.map(describe), Truncated: false };
    },
    ConnectCustomKeyStore: (call) => this.setConnected(call.region, storeId(call), true),
    DisconnectCustomKeyStore: (call) => this.setConnected(call.region, storeId(call), false),
  };

  public create(region: string, type: KeyStoreType, name: string, connected: boolean): string {
    const id = `cks-${randomBytes(9).toString('hex').slice(0, 17)}`;
    this.regions.set(region, this.inRegion(region).set(id, { id, name, type, connected }));
    return id;
  }

  /** Refuses a key if its store does not exist, has another type or is not connected. */
  public check(region: string, id: string, origin: string): void {
    const store = this.store(region, id);
    if (store.type !== origin || !store.connected) {
      throw new ServiceError(
        'CustomKeyStoreInvalidStateException',
        `${id} is ${store.connected ? store.type : 'not connected'}.`,
      );
    }
  }

  public setConnected(region: string, id: string, connected: boolean): object {
    this.inRegion(region).set(id, { ...this.store(region, id), connected });
    this.accountKeys
      .list(region)
      .filter(({ key }) => key.customKeyStoreId === id)
      .forEach(({ key, regional }) => {
        this.accountKeys.change(withRegional(key, { ...regional, disconnected: !connected }));
      });
    return {};
  }

  private inRegion(region: string): Map<string, KeyStore> {
    return this.regions.get(region) ?? new Map<string, KeyStore>();
  }

  private store(region: string, id: string): KeyStore {
    const store = this.inRegion(region).get(id);
    if (!store) {
      throw new ServiceError('CustomKeyStoreNotFoundException', `${id} does not exist.`);
    }
    return store;
  }
}

function storeId({ input }: Call): string {
  return requiredText(input, 'CustomKeyStoreId', { max: 64 });
}

function describe({ id, name, type, connected }: KeyStore): object {
  const ConnectionState = connected ? 'CONNECTED' : 'DISCONNECTED';
  return { CustomKeyStoreId: id, CustomKeyStoreName: name, CustomKeyStoreType: type, ConnectionState };
}
