import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import type { Key } from '../../../../local/kms/key';
import { ACCOUNT, ServicesOnTheWire, MINUTE, OTHER_REGION, refusal, REGION } from '../services-on-the-wire';

interface Row {
  readonly what: string;
  readonly make: (wire: ServicesOnTheWire) => Key;
  readonly state: string;
  /** What RotateKeyOnDemand answers; `<arn>` stands for the key's. Without it, it succeeds. */
  readonly rotate?: readonly [name: string, message: string];
  /** What GetKeyRotationStatus and ListKeyRotations answer. Without it, they succeed. */
  readonly read?: readonly [name: string, message: string];
}

const disabled = ['DisabledException', '<arn> is disabled.'] as const;
const pendingDeletion = ['KMSInvalidStateException', '<arn> is pending deletion.'] as const;
const pendingImport = ['KMSInvalidStateException', '<arn> is pending import.'] as const;
const nothingPending = [
  'KMSInvalidStateException',
  'No available key material pending rotation for the key: <arn>.',
] as const;
const notInReplicas = [
  'KMSInvalidStateException',
  'Cannot perform key material rotation: Key material has not been imported for replicas of the Multi-Region key.',
] as const;
const otherSpec = ['UnsupportedOperationException', ''] as const;
const replicaRefused = [
  'UnsupportedOperationException',
  '<arn> is a multi-region replica key which is not valid for RotateKeyOnDemand.',
] as const;
const cloudHsm = [
  'UnsupportedOperationException',
  '<arn> origin is AWS_CLOUDHSM which is not valid for this operation',
] as const;
const externalStore = [
  'UnsupportedOperationException',
  '<arn> origin is EXTERNAL_KEY_STORE which is not valid for this operation',
] as const;

const created =
  (options: object = {}) =>
  ({ kmsService }: ServicesOnTheWire): Key =>
    kmsService.createKey(REGION, options);

const changed =
  (make: (wire: ServicesOnTheWire) => Key, change: (key: Key, wire: ServicesOnTheWire) => unknown) =>
  (wire: ServicesOnTheWire): Key => {
    const key = make(wire);
    change(key, wire);
    return key;
  };

const imported = changed(created({ origin: 'EXTERNAL' }), (key) => key.importMaterial('first'));
const importedPrimary = changed(created({ origin: 'EXTERNAL', multiRegion: true }), (key) =>
  key.importMaterial('first'),
);
const importNew = (key: Key, terms: object = {}): string =>
  key.importMaterial('second', { importType: 'NEW_KEY_MATERIAL', ...terms });

const replicaOf =
  (make: (wire: ServicesOnTheWire) => Key) =>
  (wire: ServicesOnTheWire): Key => {
    const replica = make(wire).replicate(OTHER_REGION);
    wire.clock.pass(wire.kmsService.settings.replicationTime);
    return replica;
  };

const TABLE: Row[] = [
  { what: 'symmetric', make: created(), state: 'Enabled' },
  { what: 'disabled', make: created({ enabled: false }), state: 'Disabled', rotate: disabled },
  {
    what: 'disabled HMAC',
    make: created({ enabled: false, keySpec: 'HMAC_256' }),
    state: 'Disabled',
    rotate: disabled,
  },
  {
    what: 'pending deletion',
    make: changed(created(), (key) => {
      key.scheduleDeletion();
    }),
    state: 'PendingDeletion',
    rotate: pendingDeletion,
  },
  ...[
    'HMAC_224',
    'HMAC_512',
    'RSA_2048',
    'ECC_NIST_P256',
    'ECC_NIST_EDWARDS25519',
    'ML_DSA_65',
    'ML_KEM_768',
    'SM2',
  ].map((keySpec) => ({
    what: keySpec,
    make: created({ keySpec }),
    state: 'Enabled',
    rotate: otherSpec,
  })),
  { what: 'imported, never', make: created({ origin: 'EXTERNAL' }), state: 'PendingImport', rotate: pendingImport },
  { what: 'imported, nothing pending', make: imported, state: 'Enabled', rotate: nothingPending },
  { what: 'imported, new material pending', make: changed(imported, (key) => importNew(key)), state: 'Enabled' },
  {
    what: 'imported, pending material expired',
    make: changed(imported, (key, { clock }) => {
      importNew(key, { validTo: clock.now() + MINUTE });
      clock.pass(MINUTE);
    }),
    state: 'Enabled',
  },
  {
    what: 'imported, current material expired',
    make: changed(created({ origin: 'EXTERNAL' }), (key, { clock }) => {
      key.importMaterial('first', { validTo: clock.now() + MINUTE });
      clock.pass(MINUTE);
    }),
    state: 'PendingImport',
    rotate: pendingImport,
  },
  {
    what: 'multi-Region primary',
    make: changed(created({ multiRegion: true }), (key) => key.replicate(OTHER_REGION)),
    state: 'Enabled',
  },
  {
    what: 'multi-Region replica',
    make: replicaOf(created({ multiRegion: true })),
    state: 'Enabled',
    rotate: replicaRefused,
  },
  {
    what: 'multi-Region replica in the making',
    make: (wire) => created({ multiRegion: true })(wire).replicate(OTHER_REGION),
    state: 'Creating',
    rotate: replicaRefused,
  },
  {
    what: 'multi-Region primary that waits for its replicas',
    make: changed(created({ multiRegion: true }), (key) => {
      key.replicate(OTHER_REGION);
      key.scheduleDeletion();
    }),
    state: 'PendingReplicaDeletion',
    rotate: ['KMSInvalidStateException', '<arn> is pending replica deletion.'],
  },
  {
    what: 'multi-Region, imported, pending in the primary only',
    make: changed(importedPrimary, (key, wire) => {
      const replica = key.replicate(OTHER_REGION);
      wire.clock.pass(MINUTE);
      replica.importMaterial('first');
      importNew(key);
    }),
    state: 'Enabled',
    rotate: notInReplicas,
  },
  {
    what: 'multi-Region, imported, pending everywhere',
    make: changed(importedPrimary, (key, wire) => {
      const replica = key.replicate(OTHER_REGION);
      wire.clock.pass(MINUTE);
      replica.importMaterial('first');
      importNew(key);
      replica.importMaterial('second');
    }),
    state: 'Enabled',
  },
  { what: 'CloudHSM', make: created({ origin: 'AWS_CLOUDHSM' }), state: 'Enabled', rotate: cloudHsm, read: cloudHsm },
  {
    what: 'external key store',
    make: created({ origin: 'EXTERNAL_KEY_STORE' }),
    state: 'Enabled',
    rotate: externalStore,
    read: externalStore,
  },
  {
    what: 'CloudHSM, not connected',
    make: changed(created({ origin: 'AWS_CLOUDHSM' }), (key, { kmsService }) =>
      kmsService.keyStores.setConnected(REGION, key.kmsKey.customKeyStoreId ?? '', false),
    ),
    state: 'Unavailable',
    rotate: cloudHsm,
    read: cloudHsm,
  },
  {
    what: 'AWS managed',
    make: ({ kmsService }) => kmsService.createManagedKey(REGION, 'ebs'),
    state: 'Enabled',
    rotate: [
      'AccessDeniedException',
      `User: arn:aws:iam::${ACCOUNT}:user/administrator is not authorized to perform: kms:RotateKeyOnDemand on resource: <arn> because no resource-based policy allows the kms:RotateKeyOnDemand action`,
    ],
  },
];

let wire: ServicesOnTheWire;

beforeEach(async () => {
  wire = await ServicesOnTheWire.start();
});

afterEach(() => wire.stop());

const expected = ({ arn }: Key, [name, message]: readonly [string, string]): object => ({
  name,
  message: message.replace('<arn>', arn),
});

describe.each(TABLE)('a key that is $what', ({ make, state, rotate, read }) => {
  let key: Key;

  beforeEach(() => {
    key = make(wire);
  });

  test(`is ${state}`, async () => {
    const { KeyMetadata } = await wire.kms(key.region).send(new DescribeKeyCommand({ KeyId: key.arn }));
    expect(KeyMetadata).toMatchObject({
      Arn: key.arn,
      KeyState: state,
      Enabled: state === 'Enabled',
      AWSAccountId: ACCOUNT,
    });
  });

  test(`RotateKeyOnDemand: ${rotate?.[0] ?? 'accepted'}`, async () => {
    const call = wire.kms(key.region).send(new RotateKeyOnDemandCommand({ KeyId: key.arn }));
    if (rotate) {
      expect(await refusal(call)).toEqual(expected(key, rotate));
    } else {
      expect((await call).KeyId).toBe(key.arn);
    }
    expect(key.acceptedRotations).toHaveLength(rotate ? 0 : 1);
  });

  test.each([
    ['GetKeyRotationStatus', new GetKeyRotationStatusCommand({ KeyId: 'set below' })],
    ['ListKeyRotations', new ListKeyRotationsCommand({ KeyId: 'set below' })],
  ])(`%s: ${read?.[0] ?? 'answers'}`, async (_, command) => {
    command.input.KeyId = key.arn;
    const kms = wire.kms(key.region);
    const call = command instanceof ListKeyRotationsCommand ? kms.send(command) : kms.send(command);
    if (read) {
      expect(await refusal(call)).toEqual(expected(key, read));
    } else {
      await call;
    }
  });
});

describe.each([
  ['RotateKeyOnDemand', (KeyId: string): Promise<unknown> => wire.kms().send(new RotateKeyOnDemandCommand({ KeyId }))],
  [
    'GetKeyRotationStatus',
    (KeyId: string): Promise<unknown> => wire.kms().send(new GetKeyRotationStatusCommand({ KeyId })),
  ],
  ['ListKeyRotations', (KeyId: string): Promise<unknown> => wire.kms().send(new ListKeyRotationsCommand({ KeyId }))],
])('%s', (_, call) => {
  const absent = `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

  test.each([
    ['alias/mine', 'InvalidArnException', 'Key Aliases are not supported for this operation.'],
    [
      `arn:aws:kms:${REGION}:${ACCOUNT}:alias/mine`,
      'InvalidArnException',
      'Key Aliases are not supported for this operation.',
    ],
    ['arn:aws:s3:::bucket', 'InvalidArnException', 'Invalid arn'],
    ['1234abcd-12ab-34cd-56ef-1234567890ab', 'NotFoundException', `Key '${absent}' does not exist`],
    [absent, 'NotFoundException', `Key '${absent}' does not exist`],
    [absent.replace(REGION, OTHER_REGION), 'NotFoundException', `Invalid arn ${OTHER_REGION}`],
  ])('refuses %s', async (keyId, name, message) => {
    expect(await refusal(call(keyId))).toEqual({ name, message });
  });

  test('refuses a key of another account', async () => {
    expect(await refusal(call(absent.replace(ACCOUNT, '111122223333')))).toMatchObject({
      name: 'AccessDeniedException',
    });
  });
});

test.each(['HMAC_256', 'RSA_2048'])(
  'ListKeyRotations with all key material refuses a key of spec %s',
  async (keySpec) => {
    const { keyId } = wire.kmsService.createKey(REGION, { keySpec });
    const call = wire.kms().send(new ListKeyRotationsCommand({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }));
    expect(await refusal(call)).toEqual({
      name: 'ValidationException',
      message: 'Input parameter includeKeyMaterial can only be used with symmetric keys.',
    });
  },
);
