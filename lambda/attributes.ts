import { NONE, type Outcome, type RotationAttributes } from '../lib/protocol';
import type { Ledger } from './ledger';
import type { Baseline, LedgerRecord, Rotated } from './ledger-record';
import type { RotationRequest } from './request';

/**
 * The attributes of the custom resource, from the record that used its token up. A request that changes nothing may lack that record.
 * Missing values are set to `none` or 0: CloudFormation refuses empty exports.
 */
export function attributesOf(
  request: Pick<RotationRequest, 'keyArn' | 'requestId' | 'stackId'>,
  ledger: Ledger,
  record: Rotated | Baseline | undefined,
): RotationAttributes {
  const claim = record?.state === 'rotated' ? ledger.find(({ number }) => number === record.ends) : undefined;
  return {
    KeyArn: request.keyArn,
    RotationDate: (record?.state === 'rotated' ? record.rotationDate : undefined) ?? NONE,
    KeyMaterialId: record?.keyMaterialAfter ?? NONE,
    RemainingRotations: record?.remainingRotations ?? 0,
    Outcome: outcomeOf(request, record, claim),
    TokenUsedAt: record?.recordedAt ?? NONE,
    TokenUsedBy: claim?.stackId ?? record?.stackId ?? NONE,
  };
}

/** A request has rotated if it made the claim or recorded its rotation; a second delivery of its event is the same request. */
function outcomeOf(
  { requestId, stackId }: Pick<RotationRequest, 'requestId' | 'stackId'>,
  record: Rotated | Baseline | undefined,
  claim: LedgerRecord | undefined,
): Outcome {
  if (record?.state === 'baseline') return 'BASELINE';
  const isOurs = [record, claim].some((each) => each?.requestId === requestId && each.stackId === stackId);
  return isOurs ? 'ROTATED' : 'TOKEN_USED';
}
