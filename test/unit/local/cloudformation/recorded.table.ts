import { changeSetRows } from './recorded/change-set-rows';
import { existenceRows } from './recorded/existence-rows';
import { operationRows } from './recorded/operation-rows';
import type { Row } from './recorded/row';
import { templateRows } from './recorded/template-rows';

/** What CloudFormation was recorded to answer, or documents. */
export const RECORDED: readonly Row[] = [...existenceRows, ...templateRows, ...changeSetRows, ...operationRows];
