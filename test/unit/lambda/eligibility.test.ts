import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  KeySpec,
  KeyState as State,
  KeyUsageType,
  MultiRegionKeyType,
  OriginType,
  type KeyMetadata,
  type RotationsListEntry,
} from '@aws-sdk/client-kms';
import { ineligibility } from '../../../lambda/eligibility';
import type { KeyState } from '../../../lambda/key-state';

const KEY_ARN = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const NOW = Date.UTC(2026, 10, 22);
const OVER = NOW + 13 * 60_000;

const ABSENT = 'absent';
const NEVER_HEARD_OF = 'NEVER_HEARD_OF';

/** The relevant values of each field of the table. */
const FIELDS = {
  KeyManager: ['CUSTOMER', 'AWS'],
  KeySpec: ['SYMMETRIC_DEFAULT', 'RSA_2048', 'ECC_NIST_P256', 'HMAC_256', NEVER_HEARD_OF],
  KeyUsage: [...Object.values(KeyUsageType), NEVER_HEARD_OF],
  Origin: [...Object.values(OriginType), NEVER_HEARD_OF],
  CustomKeyStoreId: [ABSENT, 'cks-1234'],
  MultiRegionKeyType: [ABSENT, ...Object.values(MultiRegionKeyType)],
  KeyState: [...Object.values(State), NEVER_HEARD_OF],
  'pending KeyMaterialState': [ABSENT, 'PENDING_ROTATION', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'],
  'pending ImportState': ['IMPORTED', 'PENDING_IMPORT'],
  'pending ValidTo': [ABSENT, 'past', 'before the rotation can be over', 'later'],
} as const;

type Field = keyof typeof FIELDS;
type Combination = Record<Field, string>;

const VALID_TO: Readonly<Record<string, number>> = {
  past: NOW - 1,
  'before the rotation can be over': OVER,
  later: OVER + 1,
};

interface Row {
  readonly field: string;
  readonly is: boolean;
  readonly values: readonly string[];
  /** Undefined if the key rotates. */
  readonly code: string | undefined;
}

const lines = readFileSync(path.join(__dirname, '../../../docs/eligibility.md'), 'utf8').split('\n');
const table = lines.flatMap(readRow);

/** Stack traces take most of the time that an error costs. */
const { stackTraceLimit } = Error;
beforeAll(() => {
  Error.stackTraceLimit = 0;
});
afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

test('the table of the docs uses only these fields and values', () => {
  const fields: Readonly<Record<string, readonly string[]>> = FIELDS;
  const strangeValues = table.flatMap(({ field, values }) => values.filter((value) => !fields[field]?.includes(value)));
  expect(strangeValues).toEqual([]);
  // A row that cannot be parsed must fail the test.
  expect(table.length).toBe(lines.filter((line) => line.startsWith('|')).length - 2);
});

test('the handler decides by the table for every combination of fields', () => {
  const differing: string[] = [];
  const applied = new Set<Row>();
  let combinations = 0;
  for (const combination of product()) {
    combinations++;
    const row = table.find(({ field, is, values }) => values.includes(combination[field as Field]) === is);
    if (row) applied.add(row);
    const decided = ineligibility(KEY_ARN, keyState(combination), OVER);
    if (!row || decided?.code !== row.code)
      differing.push(`${JSON.stringify(combination)}: ${decided?.code ?? 'it rotates'}`);
  }
  expect(differing.slice(0, 5)).toEqual([]);
  expect(combinations).toBeGreaterThan(50_000);
  expect(applied.size).toBe(table.length);
});

test.each(Object.values(KeySpec).filter((spec) => spec !== 'SYMMETRIC_DEFAULT'))(
  'no key of spec %s rotates',
  (KeySpec) => {
    const failure = ineligibility(KEY_ARN, keyState({ ...eligible(), KeySpec }), OVER);
    expect(failure?.message).toContain(`Key ${KEY_ARN} has the key spec ${KeySpec}`);
  },
);

/** Every combination of the fields' values. */
function* product(): Generator<Combination> {
  const entries = Object.entries(FIELDS) as [Field, readonly string[]][];
  const combination = eligible();
  function* from(index: number): Generator<Combination> {
    const [field, values] = entries[index] ?? [];
    if (field === undefined || values === undefined) {
      yield combination;
      return;
    }
    for (const value of values) {
      combination[field] = value;
      yield* from(index + 1);
    }
  }
  yield* from(0);
}

function eligible(): Combination {
  return Object.fromEntries(Object.entries(FIELDS).map(([field, [first]]) => [field, first])) as Combination;
}

function keyState(combination: Combination): KeyState {
  const given = (field: Field) => (combination[field] === ABSENT ? undefined : combination[field]);
  const { KeyManager, KeySpec, KeyUsage, Origin, KeyState } = combination;
  const MultiRegionKeyType = given('MultiRegionKeyType');
  const metadata = {
    KeyId: KEY_ARN.slice(-36),
    KeyManager,
    KeySpec,
    KeyUsage,
    Origin,
    KeyState,
    CustomKeyStoreId: given('CustomKeyStoreId'),
    ...(MultiRegionKeyType !== undefined && { MultiRegion: true, MultiRegionConfiguration: { MultiRegionKeyType } }),
  } as KeyMetadata;
  return {
    metadata,
    seenAt: NOW,
    rotating: false,
    startDate: undefined,
    nextAutomaticRotation: undefined,
    rotations: [],
    pendingMaterial: given('pending KeyMaterialState') === undefined ? undefined : pending(combination),
  };
}

function pending(combination: Combination): RotationsListEntry {
  const validTo = VALID_TO[combination['pending ValidTo']];
  return {
    KeyMaterialState: combination['pending KeyMaterialState'],
    ImportState: combination['pending ImportState'],
    ...(validTo !== undefined && { ValidTo: new Date(validTo) }),
  } as RotationsListEntry;
}

function readRow(line: string): Row[] {
  const row = /^\| ([\w ]+) \| (is|is not) \| ([^|]+) \| (?:\[(\w+)\]\([^)]+\)|it rotates) \|$/.exec(line);
  if (!row) return [];
  const [, field = '', is, values = '', code] = row;
  return [{ field, is: is === 'is', values: values.split(', '), code }];
}
