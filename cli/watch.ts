import { ownerEndsBy, openClaim } from '../lambda/ledger';
import type { Claimed, Contents, LedgerRecord } from '../lambda/ledger-record';
import { ROTATIONS_PER_KEY } from '../lib/protocol';
import { stackName } from './display-names';
import { type UsualTime, inWords, usualTime, usuallyInWords } from './durations';
import type { Io } from './io';
import { reportOf } from './key-report';
import { Progress } from './progress';
import type { RegionReader } from './region-reader';
import type { StackWatch } from './stack-watch';

const SECOND = 1000;
const PAUSE = 5 * SECOND;
/**
 * The pause after a read, as a multiple of its duration. With sequential calls, that makes about 4 calls of GetParametersByPath a second, of
 * the 40 that are shared with the rotations.
 * https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const PAUSE_FACTOR = 4;

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
  /** The number of reported records. */
  readonly reported: number;
  /** The claim already reported as rotating. */
  readonly rotating: number | undefined;
}

/** Reports what happens to the keys of some Regions, from each claim until the new key material is in force. */
export class Watch {
  public readonly counts = { rotated: 0, baseline: 0, refused: 0 };
  private readonly watched = new Map<string, Watched>();
  private readonly progress: Progress;
  private underway = 0;

  public constructor(
    private readonly readers: readonly RegionReader[],
    private readonly keys: ReadonlySet<string> | undefined,
    /** Earlier events are not reported; milliseconds since the epoch. */
    private readonly since: number,
    private readonly io: Io,
    private readonly report: (event: KeyEvent, text: string) => void,
  ) {
    this.progress = new Progress(io);
  }

  /** Runs until the stack has been deployed, or until Ctrl-C. */
  public async run(stack: StackWatch | undefined): Promise<void> {
    while (!this.io.interrupted.aborted) {
      const startedAt = this.io.now();
      // Before the ledgers, so that they show all that the stack has done until then.
      const isOver = (await stack?.isOver()) ?? false;
      this.underway = 0;
      for (const reader of this.readers) await this.look(reader);
      // A rollback does not wait for the rotations of other keys, which continue.
      if (isOver && this.underway === 0) break;
      this.progress.show(this.summary);
      await this.io.sleep(Math.max(PAUSE, (this.io.now() - startedAt) * PAUSE_FACTOR));
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
    const isUnderway = claim !== undefined && this.io.now() < ownerEndsBy(claim);
    const past = ledger.filter(
      ({ number, recordedAt }) => Date.parse(recordedAt) < this.since && !(isUnderway && number >= claim.number),
    );
    const before = this.watched.get(id) ?? { reported: past.length, rotating: undefined };
    const alias = (await reader.aliases()).get(keyId)?.[0];
    const of = { region: reader.region, keyId, alias };
    for (const record of ledger.slice(before.reported)) this.reportRecord(of, record, ledger, usual);
    const isReported = !isUnderway || before.rotating === claim.number;
    const rotating = isReported ? before.rotating : await this.reportRotating(of, reader, claim, usual);
    if (isUnderway) this.underway += 1;
    this.watched.set(id, { reported: ledger.length, rotating });
  }

  private reportRecord(
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
    this.report(event, textOf(event, usual));
  }

  /** @returns the claim's number, once KMS rotates. */
  private async reportRotating(
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
    this.report(event, textOf(event, usual));
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
