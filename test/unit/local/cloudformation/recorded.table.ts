import { changeSetRows } from './recorded/change-set-rows';
import { existenceRows } from './recorded/existence-rows';
import { operationRows } from './recorded/operation-rows';
import type { Row } from './recorded/row';
import { templateRows } from './recorded/template-rows';

/** Recorded and documented answers of CloudFormation. */
export const RECORDED: readonly Row[] = [...existenceRows, ...templateRows, ...changeSetRows, ...operationRows];
