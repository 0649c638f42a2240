/**
 * What a user may write: checks the plain values of a provider's props.
 */
import { Stack, Token, aws_lambda as lambda } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { OnDemandKeyRotationProviderProps } from './on-demand-key-rotation-provider';
import { refuse } from './validation-error';

export function checkProvider(provider: IConstruct, props: OnDemandKeyRotationProviderProps): void {
  checkRuntime(provider, props.runtime);
  checkRole(provider, props.role?.env.account);
  checkConcurrency(provider, props.reservedConcurrentExecutions);
  checkProxy(provider, props);
  // https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
  if (props.deadLetterQueue?.fifo === true)
    refuse(provider, 'DeadLetterQueue', 'deadLetterQueue is a FIFO queue; allowed is a standard queue.');
}

/** A stack has one provider, which cannot be made in two ways. */
export function checkSameProps(
  asker: IConstruct,
  provider: IConstruct,
  existing: OnDemandKeyRotationProviderProps,
  wanted: OnDemandKeyRotationProviderProps,
): void {
  const names = Object.keys(wanted) as (keyof OnDemandKeyRotationProviderProps)[];
  const different = names.filter((name) => wanted[name] !== undefined && wanted[name] !== existing[name]);
  if (different.length === 0) return;
  refuse(
    asker,
    'ProviderProps',
    `the stack's provider, ${provider.node.path}, was made before without the ${different.join(', ')} that is asked for here; allowed is one` +
      ' provider with the same props for all rotations of a stack. Make it before the first rotation, with' +
      ' OnDemandKeyRotationProvider.getOrCreate(stack, props).',
  );
}

function checkRuntime(provider: IConstruct, runtime?: lambda.Runtime): void {
  if (runtime !== undefined && runtime.family !== lambda.RuntimeFamily.NODEJS) {
    refuse(provider, 'ProviderRuntime', `runtime is ${runtime.name}; allowed is a Node.js runtime.`);
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html */
function checkRole(provider: IConstruct, roleAccount?: string): void {
  const { account } = Stack.of(provider);
  if (
    roleAccount === undefined ||
    Token.isUnresolved(roleAccount) ||
    Token.isUnresolved(account) ||
    roleAccount === account
  )
    return;
  refuse(
    provider,
    'ProviderRole',
    `role belongs to account ${roleAccount}; allowed is a role of the provider's own account, ${account}.`,
  );
}

/** With none at all, Lambda would hold every request back until CloudFormation gives up. */
function checkConcurrency(provider: IConstruct, executions?: number): void {
  if (executions === undefined || Token.isUnresolved(executions)) return;
  if (!Number.isInteger(executions) || executions < 1) {
    refuse(
      provider,
      'ReservedConcurrentExecutions',
      `reservedConcurrentExecutions is ${executions}; allowed is a whole number from 1.`,
    );
  }
}

/** The first Node.js of Lambda that reads the variables of `proxyEnvironment`. */
const OLDEST_NODE_WITH_PROXY = 22;

function checkProxy(provider: IConstruct, { httpsProxy, noProxy, runtime }: OnDemandKeyRotationProviderProps): void {
  if (httpsProxy === undefined) {
    if (noProxy === undefined) return;
    refuse(provider, 'HttpsProxy', 'noProxy is given without httpsProxy; allowed are both, or httpsProxy alone.');
  }
  if (!Token.isUnresolved(httpsProxy) && !/^https?:\/\/[^/]+\/?$/.test(httpsProxy)) {
    refuse(
      provider,
      'HttpsProxy',
      `httpsProxy is ${httpsProxy}; allowed is a URL such as http://proxy.example.com:3128.`,
    );
  }
  const version = Number(/^nodejs(\d+)\.x$/.exec(runtime?.name ?? '')?.[1] ?? Infinity);
  if (version < OLDEST_NODE_WITH_PROXY) {
    refuse(
      provider,
      'HttpsProxy',
      `runtime is nodejs${version}.x, which knows no proxy; allowed with httpsProxy is nodejs${OLDEST_NODE_WITH_PROXY}.x or newer.`,
    );
  }
}

/** https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support */
export function proxyEnvironment({ httpsProxy, noProxy }: OnDemandKeyRotationProviderProps): Record<string, string> {
  return {
    ...(httpsProxy !== undefined && { HTTPS_PROXY: httpsProxy }),
    ...(noProxy !== undefined && { NO_PROXY: noProxy.join(',') }),
  };
}
