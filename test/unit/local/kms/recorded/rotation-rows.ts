import type { Key } from '../../../../../local/kms/key';
import { ACCOUNT, DAY, type ServicesOnTheWire } from '../../services-on-the-wire';
import {
  after,
  begun,
  created,
  deleting,
  disabled,
  documented,
  hmac,
  imported,
  type KmsRow,
  later,
  localStack,
  nothing,
  pendingImport,
  refused,
  refusedKey,
  rotated,
  rotating,
  row,
  stackd,
  type Subject,
  symmetric,
} from './subjects';

const rotate: KmsRow['call'] = (world, { keyId, region }) => world.kms(region).rotateKeyOnDemand({ KeyId: keyId });
const status: KmsRow['call'] = (world, { keyId, region }) => world.kms(region).getKeyRotationStatus({ KeyId: keyId });
const list: KmsRow['call'] = (world, { keyId, region }) => world.kms(region).listKeyRotations({ KeyId: keyId });
const listAll: KmsRow['call'] = (world, { keyId, region }) =>
  world.kms(region).listKeyRotations({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
const enable =
  (RotationPeriodInDays?: number): KmsRow['call'] =>
  (world, { keyId }) =>
    world.kms().enableKeyRotation({ KeyId: keyId, RotationPeriodInDays });
const disable: KmsRow['call'] = (world, { keyId }) => world.kms().disableKeyRotation({ KeyId: keyId });

const keyArn: KmsRow['answer'] = ({ arn }) => ({ KeyId: arn });
const off: KmsRow['answer'] = ({ arn }) => ({ KeyId: arn, KeyRotationEnabled: false });
const none: KmsRow['answer'] = () => ({ Rotations: [], Truncated: false });
/** The period was set `setAgo` days ago. */
const on =
  (days: number, setAgo = 0): KmsRow['answer'] =>
  ({ arn }, { clock }) => ({
    KeyId: arn,
    KeyRotationEnabled: true,
    RotationPeriodInDays: days,
    NextRotationDate: new Date(clock.now() + (days - setAgo) * DAY),
  });

const first = ({ kmsKey, arn }: Key, KeyMaterialState: string): object => ({
  KeyId: arn,
  KeyMaterialId: kmsKey.materials[0]?.id,
  KeyMaterialState,
});
const onDemand = ({ rotations, arn }: Key, index: number, KeyMaterialState: string): object => ({
  KeyId: arn,
  KeyMaterialId: rotations[index]?.materialId,
  KeyMaterialState,
  RotationDate: new Date(rotations[index]?.completedAt ?? 0),
  RotationType: 'ON_DEMAND',
});
const rotatedOnce: KmsRow['answer'] = (key) => ({ Rotations: [onDemand(key, 0, 'CURRENT')], Truncated: false });

const afterDays = (subject: Subject, days: number): Subject => later(subject, days * 24 * 60);
const call = (subject: Subject, made: KmsRow['call']): Subject => after(subject, (key, world) => made(world, key));

const aliased = (subject: Subject): Subject =>
  after(subject, ({ keyId }, { kmsService }) => {
    kmsService.createAlias('eu-central-1', `alias/${keyId}`, keyId);
  });
const aliasRefused = refused('InvalidArnException', 'Key Aliases are not supported for this operation.');
const byAlias = ({ keyId }: Key): { KeyId: string } => ({ KeyId: `alias/${keyId}` });

const managed: Subject = ({ kmsService }) => kmsService.createManagedKey('eu-central-1', 'sqs');
const denied = (operation: string): KmsRow['answer'] =>
  refused(
    'AccessDeniedException',
    ({ arn }) =>
      `User: arn:aws:iam::${ACCOUNT}:user/administrator is not authorized to perform: kms:${operation} on resource: ${arn} because no resource-based policy allows the kms:${operation} action`,
  );

const disabledMeanwhile = (subject: Subject): Subject =>
  after(subject, (key) => {
    key.update({ enabled: false });
  });
const deletedMeanwhile = (subject: Subject): Subject =>
  after(subject, (key) => {
    key.scheduleDeletion(7);
  });
const startedNow = ({ arn }: Key, { clock }: ServicesOnTheWire): object => ({
  KeyId: arn,
  KeyRotationEnabled: false,
  OnDemandRotationStartDate: new Date(clock.now()),
});

const unsupported = refused('UnsupportedOperationException');
const customKeyStore = (origin: string): KmsRow['answer'] =>
  refusedKey('UnsupportedOperationException', ` origin is ${origin} which is not valid for this operation`);
const API_ROTATE = documented('APIReference/API_RotateKeyOnDemand.html');

export const rotationRows: readonly KmsRow[] = [
  row('GetKeyRotationStatus', 'a new key', symmetric, status, off, stackd('rotation', 'initial_status')),
  row('ListKeyRotations', 'a new key', symmetric, list, none, stackd('rotation', 'initial_list')),
  row(
    'ListKeyRotations',
    'a new key, with all key material',
    symmetric,
    listAll,
    (key) => ({ Rotations: [first(key, 'CURRENT')], Truncated: false }),
    stackd('rotation', 'initial_all'),
  ),
  row(
    'DisableKeyRotation',
    'a key that does not rotate',
    symmetric,
    disable,
    nothing,
    stackd('rotation', 'disable_initial'),
  ),
  row(
    'EnableKeyRotation',
    'a period of 2561 days',
    symmetric,
    enable(2561),
    refused(
      'ValidationException',
      "1 validation error detected: Value '2561' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value less than or equal to 2560",
    ),
    stackd('rotation', 'enable_2561'),
  ),
  row('GetKeyRotationStatus', 'a period of 90 days', rotating(90), status, on(90), stackd('rotation', 'status_90')),
  row(
    'GetKeyRotationStatus',
    'another period, a day after the first',
    call(afterDays(rotating(90), 1), enable(2560)),
    status,
    on(2560),
    stackd('rotation', 'enable_2560', 'status_2560'),
  ),
  row(
    'GetKeyRotationStatus',
    'enabled again without a period, a day later',
    call(afterDays(rotating(2560), 1), enable()),
    status,
    on(2560, 1),
    stackd('rotation', 'enable_default', 'status_default'),
  ),
  row(
    'GetKeyRotationStatus',
    'enabled again with the same period, a day later',
    call(afterDays(rotating(90), 1), enable(90)),
    status,
    on(90, 1),
    stackd('rotation', 'reenabled_same_period', 'status_same_period'),
  ),
  row(
    'GetKeyRotationStatus',
    'disabled, and enabled again with a period',
    call(call(afterDays(rotating(2560), 1), disable), enable(90)),
    status,
    on(90),
    stackd('rotation', 'disable_rotation', 'enable_custom', 'status_custom'),
  ),
  row(
    'GetKeyRotationStatus',
    'disabled, and enabled again without a period',
    call(call(afterDays(rotating(90), 1), disable), enable()),
    status,
    on(365),
    stackd('rotation', 'disable_for_default', 'reenable_omitted_period', 'status_reenable_omitted'),
  ),
  row(
    'GetKeyRotationStatus',
    'an alias',
    aliased(symmetric),
    (world, key) => world.kms().getKeyRotationStatus(byAlias(key)),
    aliasRefused,
    stackd('rotation', 'alias_get-key-rotation-status'),
  ),
  row(
    'ListKeyRotations',
    'an alias',
    aliased(symmetric),
    (world, key) => world.kms().listKeyRotations(byAlias(key)),
    aliasRefused,
    stackd('rotation', 'alias_list-key-rotations'),
  ),
  row(
    'EnableKeyRotation',
    'an alias',
    aliased(symmetric),
    (world, key) => world.kms().enableKeyRotation(byAlias(key)),
    aliasRefused,
    stackd('rotation', 'alias_enable-key-rotation'),
  ),
  row(
    'DisableKeyRotation',
    'an alias',
    aliased(symmetric),
    (world, key) => world.kms().disableKeyRotation(byAlias(key)),
    aliasRefused,
    stackd('rotation', 'alias_disable-key-rotation'),
  ),
  row(
    'RotateKeyOnDemand',
    'an alias',
    aliased(symmetric),
    (world, key) => world.kms().rotateKeyOnDemand(byAlias(key)),
    aliasRefused,
    stackd('rotation', 'alias_rotate-key-on-demand'),
  ),
  row('RotateKeyOnDemand', 'a key', symmetric, rotate, keyArn, stackd('rotation', 'rotate_first')),
  row(
    'RotateKeyOnDemand',
    'a key whose rotation is in progress',
    begun(symmetric),
    rotate,
    keyArn,
    stackd('rotation', 'rotate_immediate_repeat'),
  ),
  row(
    'ListKeyRotations',
    'a key after a repeat during a rotation',
    later(begun(begun(symmetric)), 3),
    list,
    rotatedOnce,
    stackd('rotation', 'rotate_immediate_repeat', 'list_rotated'),
  ),
  row(
    'GetKeyRotationStatus',
    'a rotation has been accepted',
    begun(symmetric),
    status,
    startedNow,
    stackd('rotation', 'status_after_request'),
  ),
  row(
    'GetKeyRotationStatus',
    'a rotation is over',
    rotated(symmetric),
    status,
    off,
    stackd('rotation', 'rotation_poll'),
  ),
  row(
    'ListKeyRotations',
    'a rotation is over',
    rotated(symmetric),
    list,
    rotatedOnce,
    stackd('rotation', 'list_rotated'),
  ),
  row(
    'ListKeyRotations',
    'a rotation is over, with all key material',
    rotated(symmetric),
    listAll,
    (key) => ({ Rotations: [first(key, 'NON_CURRENT'), onDemand(key, 0, 'CURRENT')], Truncated: false }),
    stackd('rotation', 'all_rotated'),
  ),
  row(
    'ListKeyRotations',
    'the first of two pages',
    rotated(symmetric),
    (world, { keyId }) =>
      world.kms().listKeyRotations({ KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 1 }),
    (key) => ({
      Rotations: [first(key, 'NON_CURRENT')],
      NextMarker: expect.any(String) as string,
      Truncated: true,
    }),
    stackd('rotation', 'page_first'),
  ),
  row(
    'ListKeyRotations',
    'the second of two pages',
    rotated(symmetric),
    async (world, { keyId }) => {
      const input = { KeyId: keyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL', Limit: 1 } as const;
      const { NextMarker } = await world.kms().listKeyRotations(input);
      return world.kms().listKeyRotations({ ...input, Marker: NextMarker });
    },
    rotatedOnce,
    stackd('rotation', 'page_second'),
  ),
  row(
    'ListKeyRotations',
    'an invalid marker',
    symmetric,
    (world, { keyId }) => world.kms().listKeyRotations({ KeyId: keyId, Marker: 'invalid' }),
    refused('InvalidMarkerException'),
    stackd('rotation', 'invalid_marker'),
  ),
  row(
    'ListKeyRotations',
    'an HMAC key, with all key material',
    hmac,
    listAll,
    refused('ValidationException', 'Input parameter includeKeyMaterial can only be used with symmetric keys.'),
    documented('APIReference/API_ListKeyRotations.html'),
  ),
  row(
    'GetKeyRotationStatus',
    'a disabled key keeps its period and date',
    disabledMeanwhile(rotating(90)),
    status,
    on(90),
    stackd('rotation', 'disabled_get-key-rotation-status'),
  ),
  row(
    'ListKeyRotations',
    'a disabled key',
    disabledMeanwhile(rotated(symmetric)),
    list,
    rotatedOnce,
    stackd('rotation', 'disabled_list-key-rotations'),
  ),
  row(
    'EnableKeyRotation',
    'a disabled key',
    disabled,
    enable(),
    refusedKey('DisabledException', ' is disabled.'),
    stackd('rotation', 'disabled_enable-key-rotation'),
  ),
  row(
    'DisableKeyRotation',
    'a disabled key',
    disabled,
    disable,
    refusedKey('DisabledException', ' is disabled.'),
    stackd('rotation', 'disabled_disable-key-rotation'),
  ),
  row(
    'RotateKeyOnDemand',
    'a disabled key',
    disabled,
    rotate,
    refusedKey('DisabledException', ' is disabled.'),
    stackd('rotation', 'disabled_rotate-key-on-demand'),
  ),
  row(
    'RotateKeyOnDemand',
    'a disabled HMAC key: the state comes first',
    disabledMeanwhile(hmac),
    rotate,
    refusedKey('DisabledException', ' is disabled.'),
    API_ROTATE,
  ),
  row(
    'GetKeyRotationStatus',
    'a key pending deletion',
    deletedMeanwhile(rotating(90)),
    status,
    off,
    stackd('rotation', 'deleting_get-key-rotation-status'),
  ),
  row(
    'ListKeyRotations',
    'a key pending deletion',
    deletedMeanwhile(rotated(symmetric)),
    list,
    rotatedOnce,
    stackd('rotation', 'deleting_list-key-rotations'),
  ),
  row(
    'EnableKeyRotation',
    'a key pending deletion',
    deleting,
    enable(),
    refusedKey('KMSInvalidStateException', ' is pending deletion.'),
    stackd('rotation', 'deleting_enable-key-rotation'),
  ),
  row(
    'DisableKeyRotation',
    'a key pending deletion',
    deleting,
    disable,
    refusedKey('KMSInvalidStateException', ' is pending deletion.'),
    stackd('rotation', 'deleting_disable-key-rotation'),
  ),
  row(
    'RotateKeyOnDemand',
    'a key pending deletion',
    deleting,
    rotate,
    refusedKey('KMSInvalidStateException', ' is pending deletion.'),
    stackd('rotation', 'deleting_rotate-key-on-demand'),
  ),
  row(
    'GetKeyRotationStatus',
    'a key whose deletion was canceled',
    after(deletedMeanwhile(rotating(90)), (key) => {
      key.cancelDeletion();
    }),
    status,
    on(90),
    stackd('rotation', 'status_canceled_deletion'),
  ),
  row('GetKeyRotationStatus', 'an HMAC key', hmac, status, off, stackd('rotation', 'hmac_get-key-rotation-status')),
  row('ListKeyRotations', 'an HMAC key', hmac, list, none, stackd('rotation', 'hmac_list-key-rotations')),
  row('EnableKeyRotation', 'an HMAC key', hmac, enable(), unsupported, stackd('rotation', 'hmac_enable-key-rotation')),
  row('DisableKeyRotation', 'an HMAC key', hmac, disable, nothing, stackd('rotation', 'hmac_disable-key-rotation')),
  row('RotateKeyOnDemand', 'an HMAC key', hmac, rotate, unsupported, stackd('rotation', 'hmac_rotate-key-on-demand')),
  ...['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'ML_DSA_65', 'ML_KEM_768', 'SM2'].map((keySpec) =>
    row('RotateKeyOnDemand', `a key of spec ${keySpec}`, created({ keySpec }), rotate, unsupported, API_ROTATE),
  ),
  row(
    'GetKeyRotationStatus',
    'a key that was disabled while its rotation is in progress',
    disabledMeanwhile(begun(symmetric)),
    status,
    startedNow,
    stackd('rotation', 'disabled_pending'),
  ),
  row(
    'ListKeyRotations',
    'a key that was disabled while its rotation was in progress',
    later(disabledMeanwhile(begun(symmetric)), 3),
    list,
    rotatedOnce,
    stackd('rotation', 'disabled_rotation_list'),
  ),
  row(
    'GetKeyRotationStatus',
    'a key that was scheduled for deletion while its rotation is in progress',
    deletedMeanwhile(begun(symmetric)),
    status,
    startedNow,
    stackd('rotation', 'deleting_pending'),
  ),
  row(
    'ListKeyRotations',
    'a key that was scheduled for deletion while its rotation was in progress',
    later(deletedMeanwhile(begun(symmetric)), 3),
    list,
    rotatedOnce,
    stackd('rotation', 'deleting_rotation_poll'),
  ),
  row('GetKeyRotationStatus', 'a new AWS managed key', managed, status, off, stackd('rotation', 'managed_sqs_status')),
  row(
    'ListKeyRotations',
    'a new AWS managed key, with all key material',
    managed,
    listAll,
    (key) => ({ Rotations: [first(key, 'CURRENT')], Truncated: false }),
    stackd('rotation', 'managed_sqs_rotations'),
  ),
  row(
    'EnableKeyRotation',
    'an AWS managed key',
    managed,
    enable(),
    denied('EnableKeyRotation'),
    stackd('rotation', 'managed_sqs_enable-key-rotation'),
  ),
  row(
    'DisableKeyRotation',
    'an AWS managed key',
    managed,
    disable,
    denied('DisableKeyRotation'),
    stackd('rotation', 'managed_sqs_disable-key-rotation'),
  ),
  row(
    'RotateKeyOnDemand',
    'an AWS managed key',
    managed,
    rotate,
    denied('RotateKeyOnDemand'),
    stackd('rotation', 'managed_sqs_rotate-key-on-demand'),
  ),
  row(
    'RotateKeyOnDemand',
    'a key that was rotated 25 times',
    after(symmetric, (key) => {
      key.addPastRotations('ON_DEMAND', 25);
    }),
    rotate,
    refused(
      'LimitExceededException',
      ({ arn }) =>
        `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
    ),
    localStack('test_key_rotations_limits'),
  ),
  row(
    'RotateKeyOnDemand',
    'a key that does not exist',
    symmetric,
    (world) => world.kms().rotateKeyOnDemand({ KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab' }),
    refused(
      'NotFoundException',
      `Key 'arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab' does not exist`,
    ),
    localStack('test_rotate_key_on_demand_raises_error_given_key_that_does_not_exist'),
  ),
  row(
    'RotateKeyOnDemand',
    'a key without material',
    pendingImport,
    rotate,
    refusedKey('KMSInvalidStateException', ' is pending import.'),
    localStack('test_rotate_key_on_demand_on_external_key_with_no_key_material'),
  ),
  row(
    'RotateKeyOnDemand',
    'imported material without pending material',
    imported,
    rotate,
    refused('KMSInvalidStateException', ({ arn }) => `No available key material pending rotation for the key: ${arn}.`),
    localStack('test_rotate_key_on_demand_raises_for_no_pending_key_material'),
  ),
  ...(['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] as const).flatMap((origin) => [
    row(
      'RotateKeyOnDemand',
      `a key of origin ${origin}`,
      created({ origin }),
      rotate,
      customKeyStore(origin),
      API_ROTATE,
    ),
    row(
      'GetKeyRotationStatus',
      `a key of origin ${origin}`,
      created({ origin }),
      status,
      customKeyStore(origin),
      documented('APIReference/API_GetKeyRotationStatus.html'),
    ),
    row(
      'ListKeyRotations',
      `a key of origin ${origin}`,
      created({ origin }),
      list,
      customKeyStore(origin),
      documented('APIReference/API_ListKeyRotations.html'),
    ),
  ]),
];
