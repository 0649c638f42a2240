/** One call, as the report keeps it. */
export interface Recording {
  /** Which story or probe made it. */
  readonly by: string;
  readonly service: string;
  readonly operation: string;
  readonly region: string;
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly statusCode: number | undefined };
  /** Identifies the call in CloudTrail. */
  readonly requestId: string | undefined;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly milliseconds: number;
  /** Whether the answer depends on the moment of the call, so that a replay may differ. */
  readonly timed: boolean;
}

/** Replaces account numbers, as in AWS's documentation. */
export const MASKED_ACCOUNT = '111122223333';

const SECRET = /^(SecretAccessKey|SessionToken|AccessKeyId|ReceiptHandle|ImportToken|PublicKey|EncryptedKeyMaterial)$/;

/** A copy without account numbers, secrets and bytes. */
export function masked<T>(value: T, accounts: readonly string[]): T {
  return maskedValue(value, accounts) as T;
}

function maskedValue(value: unknown, accounts: readonly string[]): unknown {
  if (typeof value === 'string') return accounts.reduce((text, each) => text.replaceAll(each, MASKED_ACCOUNT), value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (Array.isArray(value)) return value.map((item) => maskedValue(item, accounts));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      SECRET.test(name) && member !== undefined ? '<removed>' : maskedValue(member, accounts),
    ]),
  );
}
