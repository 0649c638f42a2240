/**
 * Tries what must be refused, as JavaScript that no compiler has checked, and prints each exception:
 * {case: {"type": …, "message": …}}.
 */
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import {
  OnDemandKeyRotation,
  OnDemandKeyRotationFleet,
  type OnDemandKeyRotationFleetProps,
  type OnDemandKeyRotationProps,
  OnDemandKeyRotationProvider,
} from 'cdk-on-demand-key-rotation';

type Props = Readonly<Record<string, unknown>>;
type Attempt = (id: string) => unknown;

const stack = new Stack(new App(), 'Refused');
const key = new kms.Key(stack, 'Key');
const aliasArn = 'arn:aws:kms:eu-central-1:111122223333:alias/payments';

const cases: Readonly<Record<string, Attempt>> = {
  emptyToken: rotate({ rotationToken: '' }),
  paddedToken: rotate({ rotationToken: 'first ' }),
  longToken: rotate({ rotationToken: 'x'.repeat(257) }),
  longTimeout: rotate({ completionTimeout: Duration.minutes(20) }),
  reserveOf26: rotate({ reservedRotations: 26 }),
  aliasName: rotate({ key: kms.Alias.fromAliasName(stack, 'Alias', 'alias/payments') }),
  aliasArn: rotate({ key: kms.Key.fromKeyArn(stack, 'AliasArn', aliasArn) }),
  pythonRuntime: provide({ runtime: lambda.Runtime.PYTHON_3_12 }),
  noConcurrency: provide({ reservedConcurrentExecutions: 0 }),
  emptyFleetToken: rotateAll({ rotationToken: '' }),
  noKey: rotate({ key: null }),
  noToken: rotate({ rotationToken: null }),
  noFleetToken: rotateAll({ rotationToken: null }),
  noExcludedKey: rotateAll({ exclude: [null] }),
  missingKey: rotate({ key: undefined }),
  missingToken: rotate({ rotationToken: undefined }),
  textAsKey: rotate({ key: 'alias/payments' }),
  numberAsToken: rotate({ rotationToken: 4711 }),
  textAsTimeout: rotate({ completionTimeout: '5 minutes' }),
  textAsReserve: rotate({ reservedRotations: '5' }),
};

function rotate(props: Props): Attempt {
  const all: Props = { key, rotationToken: 'first', ...props };
  return (id) => new OnDemandKeyRotation(stack, id, all as unknown as OnDemandKeyRotationProps);
}

function provide(props: Props): Attempt {
  return (id) => new OnDemandKeyRotationProvider(stack, id, props);
}

function rotateAll(props: Props): Attempt {
  const all: Props = { rotationToken: 'first', ...props };
  return (id) => new OnDemandKeyRotationFleet(stack, id, all as unknown as OnDemandKeyRotationFleetProps);
}

function refusal(id: string, act: Attempt): object | null {
  try {
    act(id);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { type: error.name, message: error.message };
  }
}

const refusals = Object.entries(cases).map(([name, act]) => [name, refusal(name, act)]);
process.stdout.write(JSON.stringify(Object.fromEntries(refusals)));
