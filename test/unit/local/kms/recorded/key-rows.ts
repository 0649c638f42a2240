import { ACCOUNT, OTHER_REGION, REGION } from '../../services-on-the-wire';
import {
  after,
  created,
  type KmsRow,
  localStack,
  nothing,
  refused,
  refusedKey,
  row,
  stackd,
  symmetric,
} from './subjects';

const create =
  (input: Parameters<ReturnType<Parameters<KmsRow['call']>[0]['kms']>['createKey']>[0]): KmsRow['call'] =>
  (world) =>
    world.kms().createKey(input);
const describe =
  (KeyId: string, region = REGION): KmsRow['call'] =>
  (world) =>
    world.kms(region).describeKey({ KeyId });
const encrypt =
  (bytes: number): KmsRow['call'] =>
  (world, { keyId }) =>
    world.kms().encrypt({ KeyId: keyId, Plaintext: Buffer.alloc(bytes) });
const tag =
  (...keys: readonly string[]): KmsRow['call'] =>
  (world, { keyId }) =>
    world.kms().tagResource({ KeyId: keyId, Tags: keys.map((TagKey) => ({ TagKey, TagValue: 'x' })) });
const listTags: KmsRow['call'] = (world, { keyId }) => world.kms().listResourceTags({ KeyId: keyId });
const tags =
  (...names: readonly string[]): KmsRow['answer'] =>
  () => ({ Tags: names.map((TagKey) => ({ TagKey, TagValue: 'x' })), Truncated: false });

const mine = 'arn:aws:kms:eu-central-1:123456789012:alias/recorded';
const aliased = after(symmetric, (key, { kmsService }) => {
  kmsService.createAlias(REGION, `alias/${key.keyId}`, key.keyId);
});
const invalidKeyId = (keyId: string): KmsRow['answer'] => refused('NotFoundException', `Invalid keyId '${keyId}'`);
const reserved = refused('TagException', 'Tags beginning with aws: are reserved');
const many = Array.from({ length: 51 }, (_, index) => `tag${index}`);
const invalidCiphertext = refused('InvalidCiphertextException');

export const keyRows: readonly KmsRow[] = [
  row(
    'DescribeKey',
    'a new key',
    created({ description: 'test key 123' }),
    (world, { keyId }) => world.kms().describeKey({ KeyId: keyId }),
    (key, { clock }) => ({
      KeyMetadata: {
        AWSAccountId: ACCOUNT,
        KeyId: key.keyId,
        Arn: key.arn,
        CreationDate: new Date(clock.now()),
        Enabled: true,
        Description: 'test key 123',
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: 'Enabled',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
        KeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        MultiRegion: false,
        CurrentKeyMaterialId: key.currentMaterialId,
      },
    }),
    localStack('test_create_key'),
  ),
  row(
    'DescribeKey',
    'a key of another Region, by its ID',
    symmetric,
    (world, { keyId }) => world.kms(OTHER_REGION).describeKey({ KeyId: keyId }),
    refused(
      'NotFoundException',
      ({ keyId }) => `Key 'arn:aws:kms:${OTHER_REGION}:${ACCOUNT}:key/${keyId}' does not exist`,
    ),
    localStack('test_get_key_in_different_region'),
  ),
  row(
    'DescribeKey',
    'a key of another Region, by its ARN',
    symmetric,
    (world, { arn }) => world.kms(OTHER_REGION).describeKey({ KeyId: arn }),
    refused('NotFoundException', `Invalid arn ${REGION}`),
    localStack('test_get_key_in_different_region'),
  ),
  ...['fake-key-id', '134f2428cec14b25a1ae9048164dba47', 'mrk-fake-key-id'].map((keyId) =>
    row(
      'DescribeKey',
      `the ID ${keyId}`,
      symmetric,
      describe(keyId),
      invalidKeyId(keyId),
      localStack('test_get_key_invalid_uuid'),
    ),
  ),
  row(
    'DescribeKey',
    'the ID of a multi-Region key that does not exist',
    symmetric,
    describe('mrk-d3b95762d3b95762d3b95762d3b95762'),
    refused(
      'NotFoundException',
      `Key 'arn:aws:kms:${REGION}:${ACCOUNT}:key/mrk-d3b95762d3b95762d3b95762d3b95762' does not exist`,
    ),
    localStack('test_get_key_does_not_exist'),
  ),
  row(
    'CreateKey',
    'an HMAC key without a usage',
    symmetric,
    create({ KeySpec: 'HMAC_256' }),
    refused(
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    ),
    localStack('test_hmac_create_key_invalid_operations'),
  ),
  row(
    'CreateKey',
    'a usage that the spec does not support',
    symmetric,
    create({ KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' }),
    refused('ValidationException', 'KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048'),
    localStack('test_derive_shared_secret'),
  ),
  row(
    'CreateAlias',
    'a name without the prefix',
    symmetric,
    (world, { keyId }) => world.kms().createAlias({ AliasName: 'some-alias', TargetKeyId: keyId }),
    refused(
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    ),
    localStack('test_create_alias'),
  ),
  row(
    'DescribeKey',
    'an alias that does not exist',
    symmetric,
    describe(mine),
    refused('NotFoundException', `Alias ${mine} is not found.`),
    'https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html#API_DescribeKey_Errors',
  ),
  row(
    'ListAliases',
    'of a key',
    aliased,
    (world, { keyId }) => world.kms().listAliases({ KeyId: keyId }),
    ({ keyId }, { clock }) => ({
      Aliases: [
        {
          AliasName: `alias/${keyId}`,
          AliasArn: `arn:aws:kms:${REGION}:${ACCOUNT}:alias/${keyId}`,
          TargetKeyId: keyId,
          CreationDate: new Date(clock.now()),
          LastUpdatedDate: new Date(clock.now()),
        },
      ],
      Truncated: false,
    }),
    'https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html#API_ListAliases_Examples',
  ),
  row('TagResource', 'tags', symmetric, tag('tag1', 'tag2'), nothing, localStack('test_tag_existing_key_and_untag')),
  row(
    'ListResourceTags',
    'a key that was tagged',
    created({ tags: { tag1: 'x', tag2: 'x' } }),
    listTags,
    tags('tag1', 'tag2'),
    localStack('test_tag_existing_key_and_untag'),
  ),
  row(
    'ListResourceTags',
    'a key after one tag was removed',
    after(created({ tags: { tag1: 'x', tag2: 'x', tag3: 'x' } }), ({ keyId }, world) =>
      world.kms().untagResource({ KeyId: keyId, TagKeys: ['tag2'] }),
    ),
    listTags,
    tags('tag1', 'tag3'),
    localStack('test_untag_key_partially'),
  ),
  row(
    'TagResource',
    'the same tag twice',
    symmetric,
    tag('tag1', 'tag1'),
    refused('TagException', 'Duplicate tag keys'),
    localStack('test_tag_key_with_duplicate_tag_keys_raises_error'),
  ),
  row(
    'CreateKey',
    '51 tags',
    symmetric,
    create({ Tags: many.map((TagKey) => ({ TagKey, TagValue: 'x' })) }),
    refused('TagException', 'Too many tags'),
    localStack('test_create_key_with_too_many_tags_raises_error'),
  ),
  row(
    'TagResource',
    'a tag of AWS',
    symmetric,
    tag('aws:key1'),
    reserved,
    localStack('test_tag_existing_key_with_invalid_tag_key'),
  ),
  row(
    'CreateKey',
    'a tag of AWS in upper case',
    symmetric,
    create({ Tags: [{ TagKey: 'AWS:key1', TagValue: 'x' }] }),
    reserved,
    localStack('test_create_key_with_invalid_tag_key[uppercase_prefix]'),
  ),
  row(
    'CreateKey',
    'a tag of 129 characters',
    symmetric,
    create({ Tags: [{ TagKey: 'a'.repeat(129), TagValue: 'x' }] }),
    refused(
      'ValidationException',
      `1 validation error detected: Value '${'a'.repeat(129)}' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have length less than or equal to 128`,
    ),
    localStack('test_create_key_with_invalid_tag_key[too_long_key]'),
  ),
  row(
    'TagResource',
    'a value of 257 characters',
    symmetric,
    (world, { keyId }) =>
      world.kms().tagResource({ KeyId: keyId, Tags: [{ TagKey: 'tag1', TagValue: 'v'.repeat(257) }] }),
    refused(
      'ValidationException',
      `1 validation error detected: Value '${'v'.repeat(257)}' at 'tags.1.member.tagValue' failed to satisfy constraint: Member must have length less than or equal to 256`,
    ),
    localStack('test_key_with_long_tag_value_raises_error'),
  ),
  row(
    'Encrypt',
    'more than 4 KB',
    symmetric,
    encrypt(4097),
    refused(
      'ValidationException',
      "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
    ),
    localStack('test_plaintext_size_for_encrypt'),
  ),
  row(
    'Encrypt',
    'a key that signs',
    created({ keySpec: 'ECC_NIST_P256', keyUsage: 'SIGN_VERIFY' }),
    encrypt(4),
    refusedKey('InvalidKeyUsageException', ' key usage is SIGN_VERIFY which is not valid for Encrypt.'),
    localStack('test_error_messaging_for_invalid_keys'),
  ),
  row(
    'Decrypt',
    'another encryption context',
    symmetric,
    async (world, { keyId }) => {
      const EncryptionContext = { test: 'context' };
      const { CiphertextBlob } = await world
        .kms()
        .encrypt({ KeyId: keyId, Plaintext: Buffer.from('x'), EncryptionContext });
      return world.kms().decrypt({ CiphertextBlob });
    },
    invalidCiphertext,
    localStack('test_encrypt_decrypt_encryption_context'),
  ),
  row(
    'Decrypt',
    'an invalid ciphertext',
    symmetric,
    (world) => world.kms().decrypt({ CiphertextBlob: Buffer.from('invalid') }),
    invalidCiphertext,
    localStack('test_encrypt_decrypt_encryption_context'),
  ),
  row(
    'Decrypt',
    'a ciphertext of another key',
    symmetric,
    async (world, { keyId }) => {
      const other = world.kmsService.createKey(REGION).keyId;
      const { CiphertextBlob } = await world.kms().encrypt({ KeyId: other, Plaintext: Buffer.from('x') });
      return world.kms().decrypt({ CiphertextBlob, KeyId: keyId });
    },
    refused(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    ),
    localStack('test_error_messaging_for_invalid_keys'),
  ),
  row(
    'DescribeKey',
    'the AWS managed key of SQS',
    ({ kmsService }) => kmsService.createManagedKey(REGION, 'sqs'),
    async (world, { keyId }) => {
      const { KeyMetadata } = await world.kms().describeKey({ KeyId: keyId });
      return { Description: KeyMetadata?.Description, KeyManager: KeyMetadata?.KeyManager };
    },
    () => ({
      Description: 'Default key that protects my SQS messages when no other key is defined',
      KeyManager: 'AWS',
    }),
    stackd('rotation', 'managed_key'),
  ),
];
