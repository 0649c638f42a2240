/**
 * The key specs, their usages, and the algorithms that DescribeKey lists for them.
 * https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
 */
const SHA_256_384_512 = ['SHA_256', 'SHA_384', 'SHA_512'];
const RSA = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: ['RSASSA_PKCS1_V1_5', 'RSASSA_PSS'].flatMap((scheme) =>
    SHA_256_384_512.map((digest) => `${scheme}_${digest}`),
  ),
};
const ML_DSA = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] };
const ML_KEM = { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] };

const SPECS = {
  SYMMETRIC_DEFAULT: { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
  RSA_2048: RSA,
  RSA_3072: RSA,
  RSA_4096: RSA,
  ECC_NIST_P256: { SIGN_VERIFY: ['ECDSA_SHA_256'], KEY_AGREEMENT: ['ECDH'] },
  ECC_NIST_P384: { SIGN_VERIFY: ['ECDSA_SHA_384'], KEY_AGREEMENT: ['ECDH'] },
  ECC_NIST_P521: { SIGN_VERIFY: ['ECDSA_SHA_512'], KEY_AGREEMENT: ['ECDH'] },
  ECC_SECG_P256K1: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
  ECC_NIST_EDWARDS25519: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
  HMAC_224: { GENERATE_VERIFY_MAC: ['HMAC_SHA_224'] },
  HMAC_256: { GENERATE_VERIFY_MAC: ['HMAC_SHA_256'] },
  HMAC_384: { GENERATE_VERIFY_MAC: ['HMAC_SHA_384'] },
  HMAC_512: { GENERATE_VERIFY_MAC: ['HMAC_SHA_512'] },
  ML_DSA_44: ML_DSA,
  ML_DSA_65: ML_DSA,
  ML_DSA_87: ML_DSA,
  ML_KEM_512: ML_KEM,
  ML_KEM_768: ML_KEM,
  ML_KEM_1024: ML_KEM,
  SM2: { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
} satisfies Record<string, Partial<Record<KeyUsage, readonly string[]>>>;

export type KeySpec = keyof typeof SPECS;

/** The usages, and the field in which DescribeKey lists the algorithms of each. */
const ALGORITHM_FIELDS = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
} as const;

export type KeyUsage = keyof typeof ALGORITHM_FIELDS;

export const KEY_SPECS = Object.keys(SPECS) as KeySpec[];
export const KEY_USAGES = Object.keys(ALGORITHM_FIELDS) as KeyUsage[];

/** The usages that a spec can have, the usual one first. */
export function usagesOf(spec: KeySpec): KeyUsage[] {
  return Object.keys(SPECS[spec]) as KeyUsage[];
}

/** The field of DescribeKey that lists the algorithms. */
export function describeAlgorithms(spec: KeySpec, usage: KeyUsage): Record<string, readonly string[]> {
  const algorithms: Partial<Record<KeyUsage, readonly string[]>> = SPECS[spec];
  return { [ALGORITHM_FIELDS[usage]]: algorithms[usage] ?? [] };
}
