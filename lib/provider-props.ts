/**
 * What a user may write: checks the plain values of a provider's props.
 */
import { Stack, Token, aws_lambda as lambda } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { isWholeNumber } from './rotation-props';
import { shown } from './shown-value';
import {
  deadLetterQueueFifo,
  providerRole,
  providerRuntime,
  reservedConcurrentExecutionsInvalid,
} from './synth-failures';
import { refuse } from './validation-error';

/** Those props that can be wrong in a way that the CDK does not notice. */
interface CheckedProviderProps {
  readonly runtime?: lambda.Runtime;
  readonly role?: { readonly env: { readonly account: string } };
  readonly reservedConcurrentExecutions?: number;
  readonly deadLetterQueue?: { readonly fifo?: boolean };
}

export function checkProvider(provider: IConstruct, props: CheckedProviderProps): void {
  checkRuntime(provider, props.runtime);
  checkRole(provider, props.role?.env.account);
  checkConcurrency(provider, props.reservedConcurrentExecutions);
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
  if (props.deadLetterQueue?.fifo === true) refuse(provider, deadLetterQueueFifo());
}

function checkRuntime(provider: IConstruct, runtime?: lambda.Runtime): void {
  if (runtime !== undefined && runtime.family !== lambda.RuntimeFamily.NODEJS)
    refuse(provider, providerRuntime((runtime as Partial<lambda.Runtime>).name ?? shown(runtime)));
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html */
function checkRole(provider: IConstruct, roleAccount?: string): void {
  const { account } = Stack.of(provider);
  if (roleAccount === undefined || Token.isUnresolved(roleAccount) || Token.isUnresolved(account)) return;
  if (roleAccount !== account) refuse(provider, providerRole(roleAccount, account));
}

/** With none at all, Lambda would hold every request back until CloudFormation gives up. */
function checkConcurrency(provider: IConstruct, executions?: unknown): void {
  if (executions === undefined || Token.isUnresolved(executions)) return;
  if (!isWholeNumber(executions) || executions < 1)
    refuse(provider, reservedConcurrentExecutionsInvalid(shown(executions)));
}
