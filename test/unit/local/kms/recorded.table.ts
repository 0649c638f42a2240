import { importRows } from './recorded/import-rows';
import { keyRows } from './recorded/key-rows';
import { multiRegionRows } from './recorded/multi-region-rows';
import { rotationRows } from './recorded/rotation-rows';
import type { KmsRow } from './recorded/subjects';

/** What KMS was recorded to answer, or documents. */
export const RECORDED: readonly KmsRow[] = [...keyRows, ...rotationRows, ...importRows, ...multiRegionRows];
