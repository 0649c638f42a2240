import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { ROLE_ARN_VARIABLE } from '../lib/protocol';
import { awsServices } from './aws-services';
import { handle } from './handler';

const services = awsServices();

export async function handler(event: CloudFormationCustomResourceEvent, context: Context): Promise<void> {
  await handle(event, context, process.env[ROLE_ARN_VARIABLE] ?? 'of the provider', services);
}
