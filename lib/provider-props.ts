/**
 * Checks the plain values of a provider's props.
 */
import { Stack, Token, aws_lambda as lambda } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { OnDemandKeyRotationProviderProps } from './on-demand-key-rotation-provider-props';
import { isWholeNumber } from './rotation-props';
import { shown } from './shown-value';
import {
  deadLetterQueueFifo,
  httpsProxyInvalid,
  httpsProxyRuntime,
  noProxyAlone,
  providerPropsDiffer,
  providerRole,
  providerRuntime,
  reservedConcurrentExecutionsInvalid,
} from './synth-failures';
import { refuse } from './validation-error';

export function checkProvider(provider: IConstruct, props: OnDemandKeyRotationProviderProps): void {
  checkRuntime(provider, props.runtime);
  checkRole(provider, props.role?.env.account);
  checkConcurrency(provider, props.reservedConcurrentExecutions);
  checkProxy(provider, props);
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
  if (props.deadLetterQueue?.fifo === true) refuse(provider, deadLetterQueueFifo());
}

/** A stack has one provider, so all its rotations must want the same props. */
export function checkSameProps(
  asker: IConstruct,
  provider: IConstruct,
  existing: OnDemandKeyRotationProviderProps,
  wanted: OnDemandKeyRotationProviderProps,
): void {
  const names = Object.keys(wanted) as (keyof OnDemandKeyRotationProviderProps)[];
  const different = names.filter((name) => wanted[name] !== undefined && wanted[name] !== existing[name]);
  if (different.length === 0) return;
  refuse(asker, providerPropsDiffer(provider.node.path, different.join(', ')));
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

/** With a concurrency of 0, Lambda would hold every request back until CloudFormation gives up. */
function checkConcurrency(provider: IConstruct, executions?: unknown): void {
  if (executions === undefined || Token.isUnresolved(executions)) return;
  if (!isWholeNumber(executions) || executions < 1)
    refuse(provider, reservedConcurrentExecutionsInvalid(shown(executions)));
}

/** The oldest Node.js of Lambda that reads the variables of `proxyEnvironment`. */
const OLDEST_NODE_WITH_PROXY = 22;

function checkProxy(provider: IConstruct, { httpsProxy, noProxy, runtime }: OnDemandKeyRotationProviderProps): void {
  if (httpsProxy === undefined) {
    if (noProxy === undefined) return;
    refuse(provider, noProxyAlone());
  }
  if (!Token.isUnresolved(httpsProxy) && !/^https?:\/\/[^/]+\/?$/.test(httpsProxy))
    refuse(provider, httpsProxyInvalid(shown(httpsProxy)));
  const version = Number(/^nodejs(\d+)\.x$/.exec(runtime?.name ?? '')?.[1] ?? Infinity);
  if (version < OLDEST_NODE_WITH_PROXY)
    refuse(provider, httpsProxyRuntime(`nodejs${version}.x`, `nodejs${OLDEST_NODE_WITH_PROXY}.x`));
}

/** https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support */
export function proxyEnvironment({ httpsProxy, noProxy }: OnDemandKeyRotationProviderProps): Record<string, string> {
  return {
    ...(httpsProxy !== undefined && { HTTPS_PROXY: httpsProxy }),
    ...(noProxy !== undefined && { NO_PROXY: noProxy.join(',') }),
  };
}
