/**
 * Why synthesis stops: one function for each message. Its code is a heading of docs/errors.md. The verdict is always NOT ROTATED,
 * because nothing has been deployed. `validation-error.ts` adds the path of the construct.
 */
import { COMPLETION_TIMEOUT, MAX_TOKEN_LENGTH, ROTATIONS_PER_KEY } from './protocol';
import type { Sentence } from './sentence';

function stop(code: string, what: string, then?: string): Sentence {
  return { code, verdict: 'NOT ROTATED', what, then };
}

// What the user writes

const TOKEN =
  `allowed is a text of 1 to ${MAX_TOKEN_LENGTH} characters (UTF-16 code units) without white space at its ends and without line` +
  ' breaks or control characters';

/** @param fault what is wrong, as a predicate: "is empty". */
export const rotationTokenInvalid = (fault: string) => stop('RotationToken', `rotationToken ${fault}; ${TOKEN}.`);

export const rotationTokenSecret = (reference: string) =>
  stop(
    'RotationToken',
    `rotationToken is ${reference}, the dynamic reference of a secret; ${TOKEN}. CloudFormation resolves no secrets for custom resources, and` +
      ' a token is stored in plain text, in the template and in the ledger.',
    'Use a token that is not a secret.',
  );

export const rotationTokenUnversioned = (reference: string) =>
  stop(
    'RotationToken',
    `rotationToken is ${reference}, a dynamic reference without a version. It stays the same when the parameter changes, so no deployment` +
      ' would rotate.',
    'Name the version and change that to rotate, or use ssm.StringParameter.valueForStringParameter.',
  );

export const rotationTokenOfOtherStage = (target: string, stage: string) =>
  stop(
    'RotationToken',
    `rotationToken refers to ${target} in ${stage}; allowed is what is known in this rotation's own stage or product, because each is deployed` +
      ' by itself.',
    'Use a literal token.',
  );

export const rotateOnCreateInvalid = (value: string) =>
  stop('RotateOnCreate', `rotateOnCreate is ${value}; allowed is true or false.`);

const TIMEOUT = `allowed is 1 to ${COMPLETION_TIMEOUT.max / 60} minutes in whole seconds`;

export const completionTimeoutInvalid = (value: string) =>
  stop('CompletionTimeout', `completionTimeout is ${value}; ${TIMEOUT}, as a Duration that is known at synth.`);

export const completionTimeoutRange = (seconds: number) =>
  stop('CompletionTimeout', `completionTimeout is ${seconds} seconds; ${TIMEOUT}.`);

export const reservedRotationsInvalid = (value: string) =>
  stop(
    'ReservedRotations',
    `reservedRotations is ${value}; allowed is a whole number from 0 to ${ROTATIONS_PER_KEY} that is known at synth.`,
  );

export const expectedKeyMaterialIdInvalid = (value: string) =>
  stop(
    'ExpectedKeyMaterialId',
    `expectedKeyMaterialId is ${value}; allowed are 64 hexadecimal digits in lower case, as ImportKeyMaterial returns them.`,
  );

export const expectedKeyMaterialIdOfOwn = (key: string, origin: string) =>
  stop(
    'ExpectedKeyMaterialId',
    `expectedKeyMaterialId is given, but key ${key} has the origin ${origin}; allowed is a key with imported material (EXTERNAL). KMS makes the` +
      ' material of any other by itself.',
  );

// The key

export const keyUndefined = () =>
  stop(
    'Key',
    'key is undefined; allowed is a KMS key. A construct that uses an AWS managed key has no encryptionKey, and AWS rotates those itself.',
    'Pass a kms.Key, and have that construct use it.',
  );

export const keyText = (value: string) =>
  stop(
    'Key',
    `key is ${value}, which is a text; allowed is a KMS key.`,
    "Import it with kms.Key.fromKeyArn(this, 'Key', '<key ARN>') or kms.Key.fromLookup.",
  );

export const keyInvalid = (value: string) => stop('Key', `key is ${value}; allowed is a KMS key.`);

export const keyAlias = (alias: string, lookup: string) =>
  stop(
    'Alias',
    `key is ${alias}, whose target is not known at synth; allowed is a key, or an alias that knows its target.`,
    `Find the key with kms.Key.fromLookup(this, id, { ${lookup} }).`,
  );

export const keyArnInvalid = (arn: string) =>
  stop('KeyArn', `key has the ARN ${arn}, which is not the ARN of a KMS key; allowed is ${KEY_ARN}.`);

export const keyIdForArn = () =>
  stop(
    'KeyArn',
    `key has the ID of a key for its ARN; allowed is ${KEY_ARN}.`,
    'Import it with the ARN attribute: key.keyArn of a kms.Key, key.attrArn of a kms.CfnKey.',
  );

const KEY_ARN = 'arn:<partition>:kms:<region>:<account>:key/<key ID>';

export const keyOfOtherAccount = (key: string, account: string, own: string) =>
  stop(
    'OtherAccount',
    `key ${key} belongs to account ${account}; allowed is a key of the stack's own account, ${own}. KMS cannot rotate a key from another` +
      ' account.',
    "Declare the rotation in a stack of the key's account.",
  );

export const keyOfOtherStage = (key: string, stage: string) =>
  stop(
    'OtherStage',
    `key ${key} is declared in ${stage}; allowed is a key of this rotation's own stage or product, because each is deployed by itself.`,
    'Declare the rotation there, or import the key by its ARN.',
  );

export const keyNotFound = (key: string) =>
  stop(
    'KeyNotFound',
    `key ${key} is the CDK's stand-in for a key that Key.fromLookup has not found.`,
    "Check the alias, and the stack's account and Region.",
  );

/** https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys-manually.html */
const BY_HAND = 'Make a new key and point the alias at it instead.';
const ONLY_SYMMETRIC = 'KMS rotates symmetric encryption keys only.';

export const keySpec = (key: string, spec: string) =>
  stop('KeySpec', `key ${key} has the key spec ${spec}; allowed is SYMMETRIC_DEFAULT. ${ONLY_SYMMETRIC}`, BY_HAND);

export const keyUsage = (key: string, usage: string) =>
  stop('KeyUsage', `key ${key} has the key usage ${usage}; allowed is ENCRYPT_DECRYPT. ${ONLY_SYMMETRIC}`, BY_HAND);

export const customKeyStore = (key: string, origin: string) =>
  stop(
    'CustomKeyStore',
    `key ${key} has the origin ${origin}; allowed are AWS_KMS and EXTERNAL. KMS does not rotate keys in custom key stores.`,
    BY_HAND,
  );

export const replicaKey = (key: string, primary: string) =>
  stop(
    'ReplicaKey',
    `key ${key} is a replica of a multi-Region key; allowed is the primary.`,
    `Rotate ${primary}: the replicas follow.`,
  );

export const conditionalKey = (key: string, condition: string, stack: string) =>
  stop(
    'ConditionalKey',
    `key ${key} exists only under the condition ${condition} of stack ${stack}, and other stacks do not know the condition.`,
    `Declare the rotation in ${stack}: there it takes over the condition.`,
  );

export const keyInConditionalStack = (key: string, stack: string, condition: string) =>
  stop(
    'ConditionalKey',
    `key ${key} is in the nested stack ${stack}, which exists only under the condition ${condition}, and this rotation is outside of it.`,
    `Declare the rotation in ${stack}.`,
  );

// The attributes

export const changingExport = (attribute: string, output: string) =>
  stop(
    'ChangingExport',
    `${attribute} is exported by ${output}, and changes with each rotation token. CloudFormation changes no export that another stack imports:` +
      ' the next token would rotate the key, and then no deployment could succeed.',
    'Declare what reads it in this stack, write it to an SSM parameter and read that, or use a weak cross-stack reference.',
  );

// The packages

export const constructsCopies = () =>
  stop(
    'ConstructsCopies',
    'the app and cdk-on-demand-key-rotation have loaded two incompatible versions of the constructs package.',
    'List them with: npm ls constructs aws-cdk-lib, and make all packages use the same version.',
  );

// The provider

export const providerIdTaken = () =>
  stop(
    'ProviderId',
    "this construct ID is reserved for the stack's OnDemandKeyRotationProvider, and another construct has it.",
    'Rename that construct.',
  );

export const providerOfOtherVersion = (other: string, own: string) =>
  stop(
    'ProviderId',
    `this provider was made by version ${other} of cdk-on-demand-key-rotation, and version ${own} is using it. The app loads the package twice.`,
    'List them with: npm ls cdk-on-demand-key-rotation, and keep one.',
  );

export const providerInvalid = (value: string) =>
  stop('Provider', `provider is ${value}; allowed is an OnDemandKeyRotationProvider.`);

export const providerEnvironment = (provider: string, environment: string, own: string) =>
  stop(
    'ProviderEnvironment',
    `provider ${provider} is in ${environment}, and this rotation is in ${own}; allowed is a provider of the same account and Region.`,
    'Leave it out, and the stack gets one of its own.',
  );

export const providerOfOtherStage = (provider: string, stage: string) =>
  stop(
    'OtherStage',
    `provider ${provider} is in ${stage}; allowed is a provider of this rotation's own stage or product, because each is deployed by itself.`,
    'Leave it out, and the stack gets one of its own.',
  );

export const providerInConditionalStack = (provider: string, stack: string, condition: string) =>
  stop(
    'ConditionalProvider',
    `provider ${provider} is in the nested stack ${stack}, which exists only under the condition ${condition}, and this rotation is outside of it.`,
    'Leave it out, and the stack gets one of its own.',
  );

export const providerRuntime = (runtime: string) =>
  stop('ProviderRuntime', `runtime is ${runtime}; allowed is a Node.js runtime.`);

export const providerRole = (account: string, own: string) =>
  stop('ProviderRole', `role belongs to account ${account}; allowed is a role of the provider's own account, ${own}.`);

export const reservedConcurrentExecutionsInvalid = (value: string) =>
  stop(
    'ReservedConcurrentExecutions',
    `reservedConcurrentExecutions is ${value}; allowed is a whole number from 1. With 0 Lambda would never call the function.`,
  );

export const deadLetterQueueFifo = () =>
  stop('DeadLetterQueue', 'deadLetterQueue is a FIFO queue; allowed is a standard queue.');

export const providerPropsDiffer = (provider: string, props: string) =>
  stop(
    'ProviderProps',
    `the stack's provider, ${provider}, was created before without the ${props} that is required here; allowed is one provider with the same props` +
      ' for all rotations of a stack.',
    'Create it before the first rotation, with OnDemandKeyRotationProvider.getOrCreate(stack, props).',
  );

export const providerAndProps = () =>
  stop('ProviderProps', 'both provider and providerProps are given; allowed is one of them.');

export const logGroupAnd = (prop: string) =>
  stop(
    'LogGroup',
    `both logGroup and ${prop} are given; allowed is one of them. A log group of yours has its own retention and encryption key.`,
  );

export const noProxyAlone = () =>
  stop('HttpsProxy', 'noProxy is given without httpsProxy; allowed are both, or httpsProxy alone.');

export const httpsProxyInvalid = (value: string) =>
  stop('HttpsProxy', `httpsProxy is ${value}; allowed is a URL such as http://proxy.example.com:3128.`);

export const httpsProxyRuntime = (runtime: string, oldest: string) =>
  stop(
    'HttpsProxy',
    `runtime is ${runtime}, which does not support proxies; allowed with httpsProxy is ${oldest} or newer.`,
  );

/** A fleet recognizes this failure by its code. */
export const STACK_WITHOUT_ASSETS = 'StackWithoutAssets';

export const stackWithoutAssets = (stack: string, error: string) =>
  stop(
    STACK_WITHOUT_ASSETS,
    `stack ${stack} takes no assets, so it can have no provider of its own. The CDK says: ${error}.`,
    'Pass a provider of another stack of the same account and Region.',
  );

export const handlerNotFound = (file: string) =>
  stop(
    'HandlerNotFound',
    `${file} is not the handler of cdk-on-demand-key-rotation. A bundler has moved the package's code away from its files.`,
    'Have the bundler leave the package out (esbuild: --external:cdk-on-demand-key-rotation), and install it beside the bundle.',
  );

// The event

export const eventRegion = (keyRegion: string, region: string) =>
  stop(
    'EventRegion',
    `the key is in ${keyRegion}, and this rotation is in ${region}, where no event of the key arrives; allowed is a key of the stack's own Region.`,
    `Declare the rotation, with the same token, in a stack of ${keyRegion}: that rotates nothing.`,
  );

export const eventOfConditionalKey = (key: string, condition: string, stack: string) =>
  stop(
    'ConditionalKey',
    `key ${key} exists only under the condition ${condition}, and a rule for its event is in stack ${stack}, which does not know the condition.`,
    'Leave out crossStackScope.',
  );

export const eventTargetMissing = () =>
  stop('EventTarget', 'onKeyRotated has no target; allowed is one that every rule of the fleet sends to.');

export const eventRuleName = (name: string) =>
  stop('EventTarget', `onKeyRotated has the ruleName ${name}; allowed is none, because a fleet makes several rules.`);

// The fleet

export const keyArnsInvalid = (entry: string, value: string) =>
  stop('KeyArns', `${entry} is ${value}; allowed is ${KEY_ARN}.`);

export const keyArnsUnresolved = (entry: string) =>
  stop(
    'KeyArns',
    `${entry} is not known at synth, and the key IDs in keyArns name the rotations; allowed are literal ARNs.`,
    "Name that key yourself: namedKeyArns: { orders: Fn.importValue('OrdersKeyArn') }.",
  );

export const keyArnsOfOtherAccount = (entry: string, account: string, own: string) =>
  stop(
    'KeyArns',
    `${entry} belongs to account ${account}; allowed are keys of the stack's own account, ${own}.`,
    "Declare a fleet for it in a stack of the key's account.",
  );

export const keyArnsWithoutStack = () =>
  stop(
    'KeyArns',
    'keyArns and namedKeyArns are rotated by the stack of the fleet, and this fleet is not in a stack.',
    'Declare a fleet for them in a stack of their account.',
  );

export const keyArnsMissing = () =>
  stop(
    'KeyArns',
    'declaredKeys is false, and neither keyArns nor namedKeyArns lists a key, so the fleet would rotate none.',
    'List the keys to rotate, or leave out declaredKeys.',
  );

export const keyArnsName = (name: string) =>
  stop(
    'KeyArns',
    `namedKeyArns has the name ${name}; allowed are letters, digits, periods, hyphens and underscores, because it names a construct.`,
  );

export const keyArnsNotAList = (prop: string, value: string, allowed: string) =>
  stop('KeyArns', `${prop} is ${value}; allowed is ${allowed}.`);

export const declaredKeysInvalid = (value: string) =>
  stop('DeclaredKeys', `declaredKeys is ${value}; allowed is true or false.`);

export const excludeInvalid = (entry: string, value: string) =>
  stop('Exclude', `${entry} is ${value}; allowed are keys, and constructs with all the keys in them.`);

export const stageMissed = (stage: string) =>
  stop(
    'FleetStage',
    `stage ${stage} was declared after this fleet, or synthesized before it, so none of its keys would be rotated.`,
    'Declare the fleet after the stages and before they are added to a pipeline, declare a fleet in each stage, or exclude the stage.',
  );

export const fleetEmpty = (scope: string) =>
  stop(
    'FleetEmpty',
    `this fleet finds no key in ${scope}, so it would rotate nothing.`,
    'Declare it in a scope that has keys, list their ARNs in keyArns, or remove it.',
  );

const FINAL_FORM = 'Declare the key in its final form, or exclude it.';

/** @param reason why it cannot be rotated, in a sentence. */
export const keyToRotateChanged = (key: string, reason: string) =>
  stop(
    'FleetKey',
    `key ${key} was changed by an Aspect after the fleet had decided to rotate it. Now ${reason}`,
    FINAL_FORM,
  );

/** @param reason why it was skipped, in a sentence. */
export const skippedKeyChanged = (key: string, reason: string) =>
  stop(
    'FleetKey',
    `key ${key} was changed by an Aspect after the fleet had decided to skip it. Its reason no longer holds: ${reason}`,
    FINAL_FORM,
  );

export const keyMissed = (key: string) =>
  stop(
    'FleetKey',
    `key ${key} was declared by an Aspect after the fleet had looked for keys in its stack, so it would not be rotated.`,
    'Declare it before synthesis, or set the feature flag @aws-cdk/core:aspectStabilization.',
  );
