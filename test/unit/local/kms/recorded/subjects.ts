import type { Key } from '../../../../../local/kms/key';
import type { NewKey } from '../../../../../local/kms/kms-service';
import { LOCALSTACK, Refused, type Row, STACKD } from '../../recorded';
import { MINUTE, OTHER_REGION, REGION, type ServicesOnTheWire } from '../../services-on-the-wire';

export type KmsRow = Row<ServicesOnTheWire, Key>;
export type Subject = KmsRow['subject'];

export const stackd = (file: string, ...cases: readonly string[]): string =>
  `${STACKD}/kms/${file}.json: ${cases.join(', ')}`;

export const localStack = (test: string): string => `${LOCALSTACK}/kms/test_kms.snapshot.json: ${test}`;

export const documented = (page: string): string => `https://docs.aws.amazon.com/kms/latest/${page}`;

export const row = (
  operation: string,
  when: string,
  subject: Subject,
  call: KmsRow['call'],
  answer: KmsRow['answer'],
  source: string,
): KmsRow => ({ operation, when, subject, call, answer, source });

export const refused =
  (name: string, message: string | ((key: Key, world: ServicesOnTheWire) => string) = ''): KmsRow['answer'] =>
  (key, world) =>
    new Refused(name, typeof message === 'string' ? message : message(key, world));

/** With the key's ARN in front. */
export const refusedKey = (name: string, rest: string): KmsRow['answer'] => refused(name, ({ arn }) => arn + rest);

export const nothing: KmsRow['answer'] = () => ({});

export const created =
  (options: NewKey = {}): Subject =>
  ({ kmsService }) =>
    kmsService.createKey(REGION, options);

/** The subject after a change. */
export const after =
  (subject: Subject, change: (key: Key, world: ServicesOnTheWire) => unknown): Subject =>
  async (world) => {
    const key = await subject(world);
    await change(key, world);
    return key;
  };

/** Lets time pass, in minutes. */
export const later = (subject: Subject, minutes: number): Subject =>
  after(subject, (_, { clock }) => {
    clock.pass(minutes * MINUTE);
  });

export const symmetric = created();
export const hmac = created({ keySpec: 'HMAC_256' });
export const disabled = created({ enabled: false });
export const deleting = after(symmetric, (key) => {
  key.scheduleDeletion(7);
});
export const rotating = (days: number): Subject => created({ enableKeyRotation: true, rotationPeriodInDays: days });

/** The subject with a rotation in progress. */
export const begun = (subject: Subject): Subject =>
  after(subject, ({ keyId }, world) => world.kms().rotateKeyOnDemand({ KeyId: keyId }));

/** The subject after a rotation. */
export const rotated = (subject: Subject): Subject => later(begun(subject), 3);

export const pendingImport = created({ origin: 'EXTERNAL' });
export const imported = after(pendingImport, (key) => key.importMaterial('first'));
export const pendingRotation = after(imported, (key) =>
  key.importMaterial('second', { importType: 'NEW_KEY_MATERIAL' }),
);

export const primary = created({ multiRegion: true });
/** The subject with a replica that is ready. */
export const replicated = (subject: Subject): Subject =>
  later(
    after(subject, (key) => key.replicate(OTHER_REGION)),
    1,
  );
/** The subject's replica. */
export const replica =
  (subject: Subject): Subject =>
  async (world) =>
    world.kmsService.key(OTHER_REGION, (await replicated(subject)(world)).keyId);
