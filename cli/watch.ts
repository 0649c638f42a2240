import { deathOf, openClaim } from '../lambda/ledger';
import type { Claimed, Contents, LedgerRecord } from '../lambda/ledger-record';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import { type UsualTime, inWords, usualTime, usuallyInWords } from './durations';
import type { Io } from './io';
import { reportOf } from './key-report';
import { Progress } from './progress';
import type { RegionReader } from './region-reader';
import type { StackWatch } from './stack-watch';

const SECOND = 1000;
const PAUSE = 5 * SECOND;
/**
 * So much longer than a read of the ledgers takes the pause after it is: as one call follows the other, that is some 4 calls of
 * GetParametersByPath a second, of the 40 that the rotations need, too.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const RESTRAINT = 4;

/** What has happened to a key. */
export interface KeyEvent {
  readonly at: string;
  readonly region: string;
  readonly keyId: string;
  readonly alias: string | undefined;
  readonly state: LedgerRecord['state'] | 'rotating';
  readonly token: string | undefined;
  readonly stackId: string | undefined;
  readonly seconds?: number;
  readonly remainingRotations?: number;
  readonly reason?: string;
}

interface Watched {
  /** How many records have been told. */
  readonly told: number;
  /** The claim of which it has been told that KMS rotates. */
  readonly rotating: number | undefined;
}

/** Tells what happens to the keys of some Regions, from each claim until the new key material is in force. */
export class Watch {
  public readonly counts = { rotated: 0, baseline: 0, refused: 0 };
  private readonly watched = new Map<string, Watched>();
  private readonly progress: Progress;
  private underway = 0;

  public constructor(
    private readonly readers: readonly RegionReader[],
    private readonly keys: ReadonlySet<string> | undefined,
    /** What was over before is no news; milliseconds since the epoch. */
    private readonly since: number,
    private readonly io: Io,
    private readonly tell: (event: KeyEvent, text: string) => void,
  ) {
    this.progress = new Progress(io);
  }

  /** Until the stack has been deployed, or the user has had enough. */
  public async run(stack: StackWatch | undefined): Promise<void> {
    while (!this.io.interrupted.aborted) {
      const startedAt = this.io.now();
      // Before the ledgers: what the stack has done until now shows in them.
      const isOver = (await stack?.isOver()) ?? false;
      this.underway = 0;
      for (const reader of this.readers) await this.look(reader);
      // A rollback does not wait for the rotations of other keys, which go on.
      if (isOver && this.underway === 0) break;
      this.progress.show(this.summary);
      await this.io.sleep(Math.max(PAUSE, (this.io.now() - startedAt) * RESTRAINT));
    }
    this.progress.clear();
  }

  public get summary(): string {
    const { rotated, baseline, refused } = this.counts;
    const parts = [
      `${this.underway} under way`,
      `${rotated} in force`,
      ...(baseline > 0 ? [`${baseline} recorded without a rotation`] : []),
      ...(refused > 0 ? [`${refused} refused`] : []),
    ];
    return parts.join(', ');
  }

  private async look(reader: RegionReader): Promise<void> {
    reader.expire();
    const ledgers = (await reader.ledgers()) ?? new Map<string, Contents>();
    const records = [...ledgers].map(([keyId, ledger]) => [keyId, ledger.records] as const);
    for (const [keyId, ledger] of records) {
      if (this.keys && !this.keys.has(keyId)) continue;
      await this.lookAt(reader, keyId, ledger, () => usualTime(records, keyId));
    }
  }

  private async lookAt(
    reader: RegionReader,
    keyId: string,
    ledger: readonly LedgerRecord[],
    usual: () => UsualTime,
  ): Promise<void> {
    const id = `${reader.region} ${keyId}`;
    const claim = openClaim(ledger);
    const isUnderway = claim !== undefined && this.io.now() < deathOf(claim);
    const past = ledger.filter(
      ({ number, recordedAt }) => Date.parse(recordedAt) < this.since && !(isUnderway && number >= claim.number),
    );
    const before = this.watched.get(id) ?? { told: past.length, rotating: undefined };
    const alias = (await reader.aliases()).get(keyId)?.[0];
    const of = { region: reader.region, keyId, alias };
    for (const record of ledger.slice(before.told)) this.tellRecord(of, record, ledger, usual);
    const isTold = !isUnderway || before.rotating === claim.number;
    const rotating = isTold ? before.rotating : await this.tellRotating(of, reader, claim, usual);
    if (isUnderway) this.underway += 1;
    this.watched.set(id, { told: ledger.length, rotating });
  }

  private tellRecord(
    of: Pick<KeyEvent, 'region' | 'keyId' | 'alias'>,
    record: LedgerRecord,
    ledger: readonly LedgerRecord[],
    usual: () => UsualTime,
  ): void {
    const { state, token, stackId, recordedAt } = record;
    if (state !== 'claimed' && state !== 'requested') this.counts[state] += 1;
    const claim = ledger.find(({ number }) => state === 'rotated' && number === record.ends);
    const seconds = claim && Math.round((Date.parse(recordedAt) - Date.parse(claim.recordedAt)) / SECOND);
    const event: KeyEvent = {
      at: recordedAt,
      ...of,
      state,
      token,
      stackId,
      seconds,
      ...('remainingRotations' in record && { remainingRotations: record.remainingRotations }),
      ...('reason' in record && { reason: `[${record.code ?? 'Unknown'}] ${record.reason ?? ''}` }),
    };
    this.progress.clear();
    this.tell(event, textOf(event, usual));
  }

  /** @returns the claim's number, once KMS rotates. */
  private async tellRotating(
    of: Pick<KeyEvent, 'region' | 'keyId' | 'alias'>,
    reader: RegionReader,
    { keyArn, number, token, stackId }: Claimed,
    usual: () => UsualTime,
  ): Promise<number | undefined> {
    const view = await reader.view(keyArn, undefined);
    const { inProgress } = reportOf(view, this.io.now());
    if (!inProgress) return undefined;
    const at = inProgress.since ?? new Date(this.io.now()).toISOString();
    const event: KeyEvent = { at, ...of, state: 'rotating', token, stackId };
    this.progress.clear();
    this.tell(event, textOf(event, usual));
    return number;
  }
}

function textOf(event: KeyEvent, usual: () => UsualTime): string {
  const token = JSON.stringify(event.token);
  switch (event.state) {
    case 'claimed':
      return `claimed for ${token} by ${stackName(event.stackId)}; usually in force after ${usuallyInWords(usual())}`;
    case 'rotating':
      return 'KMS is rotating it';
    case 'requested':
      return 'KMS has accepted the rotation, which takes longer than usual';
    case 'rotated':
      return `in force${event.seconds === undefined ? '' : ` after ${inWords(event.seconds * SECOND)}`}; ${event.remainingRotations ?? '?'} of ${ROTATIONS_PER_KEY} rotations left`;
    case 'baseline':
      return `recorded ${token} without a rotation`;
    case 'refused':
      return `refused: ${event.reason ?? ''}`;
  }
}

/** The name in the ARN of a stack, or of whoever else has asked. */
export function stackName(stackId: string | undefined): string {
  return stackId?.split('/')[1] ?? stackId ?? '?';
}
