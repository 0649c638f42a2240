import { importRows } from './recorded/import-rows';
import { keyRows } from './recorded/key-rows';
import { multiRegionRows } from './recorded/multi-region-rows';
import { rotationRows } from './recorded/rotation-rows';
import type { KmsRow } from './recorded/subjects';

/** Recorded or documented responses of KMS. */
export const RECORDED: readonly KmsRow[] = [...keyRows, ...rotationRows, ...importRows, ...multiRegionRows];
