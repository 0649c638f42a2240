import { isSpending } from '../lambda/ledger';
import type { LedgerRecord } from '../lambda/ledger-record';
import { isMultiRegionId } from './key-facts';

const SECOND = 1000;

/**
 * How long KMS takes if no ledger shows it: 100 to 156 seconds were recorded, and up to 8 minutes for a multi-Region key with replicas.
 * https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
 */
const TYPICAL = { single: 110 * SECOND, multiRegion: 8 * 60 * SECOND };

/** In milliseconds. */
export interface UsualTime {
  readonly median: number;
  /** The number of measured rotations; 0 for an estimate. */
  readonly of: number;
}

/** How long a rotation of a key takes from its claim until the new material is in force, according to the ledgers of its Region. */
export function usualTime(
  ledgers: Iterable<readonly [keyId: string, ledger: readonly LedgerRecord[]]>,
  keyId: string,
): UsualTime {
  const isMultiRegion = isMultiRegionId(keyId);
  const durations = [...ledgers]
    .filter(([id]) => isMultiRegionId(id) === isMultiRegion)
    .flatMap(([, ledger]) => durationsOf(ledger))
    .sort((a, b) => a - b);
  const median = durations[Math.floor(durations.length / 2)];
  return median === undefined
    ? { median: isMultiRegion ? TYPICAL.multiRegion : TYPICAL.single, of: 0 }
    : { median, of: durations.length };
}

/** Only of rotations that were claimed and completed by the same invocation. */
function durationsOf(ledger: readonly LedgerRecord[]): number[] {
  return ledger.flatMap((record) => {
    if (!isSpending(record) || record.state !== 'rotated') return [];
    const claim = ledger.find(({ number }) => number === record.ends);
    return claim?.invocation === record.invocation
      ? [Date.parse(record.recordedAt) - Date.parse(claim.recordedAt)]
      : [];
  });
}

/** Such as `1 min 52 s`. */
export function inWords(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / SECOND));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

export function usuallyInWords({ median, of }: UsualTime): string {
  return of === 0 ? `about ${inWords(median)}` : `${inWords(median)} (median of ${of})`;
}
