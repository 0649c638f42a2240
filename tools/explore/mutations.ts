import type { Defect } from './mutated-handler';
import type { Focus } from './passes';

/** A defect that the exploration must catch. */
export interface Mutation extends Defect {
  readonly name: string;
  /** Scripts that catch it, explored one after the other. If there are none, a request that stalls does. */
  readonly scripts: readonly string[];
  /** The name of the configuration, if not the documented one. */
  readonly configuration?: string;
  /** Which deviations are tried; by default all. */
  readonly focus?: Focus;
}

export interface Caught {
  readonly mutation: string;
  /** Undefined if nothing caught the mutation. */
  readonly by: string | undefined;
  readonly calls: number;
}

const SPENT = '  const spent = spending(ledger.records, request.token);\n';
const UNLISTED = `    if (!REFUSALS.has(name)) {
      this.outcome = { unknownAt: now };
      return undefined;
    }
`;

export const mutations: readonly Mutation[] = [
  // The claim and its call.
  {
    name: 'the claim after the call',
    file: 'rotation-executor.ts',
    fragment: "    if (record.state !== 'requested') this.key = undefined;",
    by: `
    if (record.state !== 'requested') this.key = undefined;
    if (record.state === 'claimed') await this.call.send(this.services.kms(this.request.region, this.caller), undefined);`,
    scripts: ['create'],
  },
  {
    name: 'no claim at all',
    file: 'key-ledger.ts',
    fragment: '    const number = this.view.last + 1;\n',
    by: `
    const number = this.view.last + 1;
    if (record.state === 'claimed') {
      this.view = { ...this.view, last: number, records: merge(this.view.records, [{ ...record, number }]) };
      return;
    }
`,
    scripts: ['create'],
  },
  {
    name: "the SDK's own retries switched on",
    file: 'rotation-call.ts',
    fragment: '      const kmsRequestId = await kms.rotateKeyOnDemand(this.keyArn);',
    by: `
      const call = async (n: number): Promise<string | undefined> => {
        try {
          return await kms.rotateKeyOnDemand(this.keyArn);
        } catch (error) {
          if (n === 3 || (statusOf(error) ?? 500) < 500) throw error;
          await this.services.sleep(100 * 2 ** n);
          return call(n + 1);
        }
      };
      const kmsRequestId = await call(1);`,
    scripts: ['create'],
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'called again where the outcome is not known',
    file: 'decision.ts',
    fragment: 'if (!mayHaveRotated(calls) && (isFirst || !rotation)) return',
    by: `if (calls.acceptedAt === undefined && key.seenAt >= (calls.unknownAt ?? -Infinity) + 60_000 && (isFirst || !rotation))
      return`,
    scripts: ['create'],
    configuration: 'rotations are invisible for eight minutes',
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: "its own claim taken for another invocation's",
    file: 'decision.ts',
    fragment: '  if (open && isOwn(situation, open)) return ownClaim(situation, open);',
    by: '  if (open && isOwn(situation, open) && open.number < 0) return ownClaim(situation, open);',
    scripts: ['create'],
    focus: { call: 'PutParameter' },
  },
  {
    name: 'a claim that is open not looked for in the history',
    file: 'attribution.ts',
    fragment: '  const known = new Set(',
    by: '  if (acceptedAt === undefined) return undefined;\n  const known = new Set(',
    scripts: ['create'],
  },
  {
    name: 'a call while a rotation is in progress',
    file: 'attribution.ts',
    fragment: '  if (key.rotating) return true;\n',
    by: '  if (key.seenAt > 0) return false;\n',
    scripts: ['somebody has begun to rotate by hand'],
  },
  {
    name: 'a rotation that was seen in progress forgotten when its start date is gone',
    file: 'attribution.ts',
    fragment: '  if (!seen || key.seenAt >= seen.lastSeenAt + consistencyWindow(key)) return false;',
    by: '  if (!seen || key.seenAt > 0) return false;',
    scripts: ['create, start date gone a minute early'],
    focus: { call: 'GetKeyRotationStatus' },
  },

  // Answers of AWS.
  {
    name: 'an unlisted 5xx taken for a refusal',
    file: 'rotation-call.ts',
    fragment: UNLISTED,
    by: UNLISTED.replace('!REFUSALS.has(name)', '!REFUSALS.has(name) && !(status >= 500)'),
    scripts: ['create'],
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'a garbled 200 taken for a refusal',
    file: 'rotation-call.ts',
    fragment: UNLISTED,
    by: UNLISTED.replace('!REFUSALS.has(name)', '!REFUSALS.has(name) && status !== 200'),
    scripts: ['create'],
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'an unlisted 4xx taken for a refusal',
    file: 'rotation-call.ts',
    fragment: UNLISTED,
    by: UNLISTED.replace('!REFUSALS.has(name)', "!REFUSALS.has(name) && name === ''"),
    scripts: ['create'],
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'no answer taken for a refusal',
    file: 'rotation-call.ts',
    fragment: UNLISTED,
    by: UNLISTED.replace('!REFUSALS.has(name)', '!REFUSALS.has(name) && status > 0'),
    scripts: ['create'],
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'a refusal recorded though the outcome is not known',
    file: 'decision.ts',
    fragment: 'if (own && mayHaveRotated(calls)) return giveUpCalled',
    by: 'if (own && calls.acceptedAt !== undefined) return giveUpCalled',
    scripts: ['create'],
    configuration:
      'rotations are invisible for eight minutes, reads lag by ten, KMS swallows for ten, and requests have a minute',
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'NOT ROTATED said though the outcome is not known',
    file: 'verdict.ts',
    fragment: "!mayHaveRotated(calls)) return 'UNKNOWN'",
    by: "calls.acceptedAt === undefined) return 'NOT ROTATED'",
    scripts: ['create'],
    configuration:
      'rotations are invisible for eight minutes, reads lag by ten, KMS swallows for ten, and requests have a minute',
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'NOT ROTATED said by who may have missed a record',
    file: 'verdict.ts',
    fragment: "return isSealed(ledger) ? 'NOT ROTATED' : 'UNKNOWN';",
    by: "return 'NOT ROTATED';",
    scripts: ['another resource of a new stack fails, deployed again'],
    configuration: 'requests have a minute',
    focus: { call: 'GetParametersByPath' },
  },
  {
    name: 'TooManyUpdates not repeated',
    file: 'aws-error.ts',
    fragment: "  'ParameterLimitExceeded',\n",
    by: "  'ParameterLimitExceeded',\n  'TooManyUpdates',\n",
    scripts: ['create'],
    focus: { call: 'PutParameter' },
  },
  {
    name: 'reads whose credentials have expired not repeated',
    file: 'aws-error.ts',
    fragment: "  'ParameterLimitExceeded',\n",
    by: "  'ParameterLimitExceeded',\n  'ExpiredTokenException',\n",
    scripts: ['create'],
    focus: { call: 'DescribeKey' },
  },
  {
    name: 'requests that may take for ever',
    file: 'deadline.ts',
    fragment: '    return await Promise.race([request(abort.signal), expiry]);',
    by: '    expiry.catch(() => undefined);\n    return await request(abort.signal);',
    scripts: [],
  },

  // Time.
  {
    name: 'the hour cut to five minutes',
    file: 'ledger.ts',
    fragment: 'export const SETTLEMENT = 60 * MINUTE;',
    by: 'export const SETTLEMENT = 5 * MINUTE;',
    scripts: ['create'],
    configuration: 'rotations are invisible for fifty minutes',
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'the hour counted from the claim, not from the death of its owner',
    file: 'ledger.ts',
    fragment: '  return ownerEndsBy(claim) + SETTLEMENT;',
    by: '  return ownerEndsBy(claim) - FUNCTION_TIMEOUT * 1000 + SETTLEMENT;',
    scripts: ['dead claim that is called by an owner that has been frozen, its token comes every four minutes'],
    configuration: 'rotations are invisible for fifty minutes',
  },
  {
    name: 'a claim taken over by the same token before the hour is over',
    file: 'decision.ts',
    fragment: '  if (isSilent && settled) return newClaim(situation, key, claim);',
    by: '  if (isSilent && (settled || claim.token === request.token)) return newClaim(situation, key, claim);',
    scripts: ['create'],
    focus: { kind: 'disturbance' },
  },
  {
    name: 'a claim taken over when its owner is dead',
    file: 'decision.ts',
    fragment: '  if (isSilent && settled) return newClaim(situation, key, claim);',
    by: '  if (isSilent && key.seenAt >= ownerEndsBy(claim)) return newClaim(situation, key, claim);',
    scripts: ['dead claim that is called at once, another token comes first, and its own after the hour'],
    configuration: 'rotations are invisible for fifty minutes',
  },
  {
    name: 'no last look before FAILED',
    file: 'decision.ts',
    fragment: "  if (step.do === 'wait') return { do: 'give up', failure: step.failure };",
    by: `
  if (step.do === 'wait') return { do: 'give up', failure: step.failure };
  if (step.do === 'look at the key') return { do: 'give up', failure: failures.timeIsUp(request.keyArn) };`,
    scripts: ['create, in force just before the time is up'],
  },
  {
    name: 'no reserve of time for the answer',
    file: 'handler.ts',
    fragment: 'const RESERVE = 120_000;',
    by: 'const RESERVE = 0;',
    scripts: ['token changes, multi-Region key'],
    focus: { call: 'GetParametersByPath' },
  },

  // Attribution of rotations.
  {
    name: "another token's rotation not excluded",
    file: 'ledger.ts',
    fragment: "      const after = record.state === 'rotated' ? beginningOf(record.keyMaterialAfter) : undefined;",
    by: '      const after: string | undefined = undefined;',
    scripts: ['two stacks, two tokens, at once'],
    focus: { call: 'DescribeKey', kind: 'lag' },
  },
  {
    name: 'what the history held before forgotten',
    file: 'records.ts',
    fragment:
      'materialsBefore: onDemandRotations(key).flatMap(({ KeyMaterialId }) => beginningOf(KeyMaterialId) ?? []),',
    by: 'materialsBefore: onDemandRotations(key).flatMap(({ KeyMaterialId }) => beginningOf(KeyMaterialId) ?? []).slice(0, 0),',
    scripts: ['create, after three rotations by others'],
    focus: { call: 'RotateKeyOnDemand' },
  },
  {
    name: 'a rotation that was over before the claim began taken for its own',
    file: 'attribution.ts',
    fragment: '  const since = Date.parse(claim.recordedAt) - CLOCK_DIFFERENCE;',
    by: '  const since = 0;',
    scripts: ['somebody rotates by hand just before'],
    focus: { call: 'DescribeKey', kind: 'lag' },
  },
  {
    name: "a rotation that came too late to be the claim's taken for its own",
    file: 'attribution.ts',
    fragment: '.filter((rotation) => dateOf(rotation) <= settledAt(claim));',
    by: ';',
    scripts: ['dead claim that is never called, somebody rotates by hand after the hour'],
  },
  {
    name: 'an unsorted history',
    file: 'key-state.ts',
    fragment: '.sort((a, b) => dateOf(a) - dateOf(b))',
    by: '',
    scripts: ['dead claim that is called at once, then somebody rotates by hand'],
    configuration: 'the history has no order',
  },
  {
    name: 'a start date that is gone taken for the end',
    file: 'key-state.ts',
    fragment: 'since.some(({ KeyMaterialId }) => isSameMaterial(KeyMaterialId, key.metadata.CurrentKeyMaterialId))',
    by: 'since.length > 0',
    scripts: ['create, start date gone a minute early'],
  },
  // The ledger.
  {
    name: 'eligibility before the ledger',
    file: 'decision.ts',
    fragment: SPENT,
    by: `
  if (!situation.key) return { do: 'look at the key' };
  const early = rotationRefusal(situation, situation.key);
  if (early) return { do: 'give up', failure: early };
${SPENT}`,
    scripts: ['key disabled, then enabled'],
  },
  {
    name: 'a record that was not read passed over',
    file: 'decision.ts',
    fragment: '  if (missing !== undefined) {',
    by: '  if (missing === 0) {',
    scripts: ['other property changes, token goes back'],
    configuration: 'reads of the ledger lag by ten minutes',
    focus: { call: 'GetParametersByPath' },
  },
  {
    name: 'a rotation by hand that shows before the call taken for ours',
    file: 'decision.ts',
    fragment: 'return isOutdated && isFirst',
    by: 'return isOutdated && !key',
    scripts: ['create'],
    focus: { kind: 'disturbance' },
  },
  {
    name: 'a rotation by hand counted for every claim that follows',
    file: 'decision.ts',
    fragment: 'situation.inProgress?.claim === claim.number ||',
    by: 'situation.inProgress !== undefined ||',
    scripts: ['somebody has begun to rotate by hand'],
    focus: { kind: 'lag' },
  },
  {
    name: 'an update that fails without its seal',
    file: 'decision.ts',
    fragment: '  if (isComplete && isWritable(situation) && isDue) {',
    by: "  if (request.type === 'Update') return fail;\n  if (isComplete && isWritable(situation) && isDue) {",
    scripts: ['key disabled right after a rotation'],
    focus: { call: 'GetParametersByPath', kind: 'lag' },
  },
  {
    name: 'an update that gives up a ledger that cannot be read',
    file: 'decision.ts',
    fragment: "  return request.type === 'Update' && now < end\n",
    by: "  return request.type === 'Update' && now < 0\n",
    scripts: ['key disabled right after a rotation', 'another resource fails, deployed again'],
    configuration: 'requests have a minute',
    focus: { call: 'GetParametersByPath', kind: 'lag' },
  },
  {
    name: 'a baseline over an open claim of the same token',
    file: 'decision.ts',
    fragment: '  if (isBaseline(situation) && open?.token !== request.token) {',
    by: '  if (isBaseline(situation)) {',
    scripts: ['dead claim that is called at once, its token is to be recorded only'],
  },
  {
    name: 'a baseline taken for the cause of the material that it found',
    file: 'ledger.ts',
    fragment: "      const after = record.state === 'rotated' ?",
    by: "      const after = record.state === 'rotated' || record.state === 'baseline' ?",
    scripts: ['recorded by another resource meanwhile'],
    focus: { call: 'PutParameter' },
  },
  {
    name: 'a refusal that ends no claim taken for the end of one',
    file: 'ledger.ts',
    fragment:
      "  return ledger.findLast((record): record is Claimed => record.state === 'claimed' && !ended.has(record.number));",
    by: `
  const last = ledger.at(-1);
  return ledger.findLast(
    (record): record is Claimed => record.state === 'claimed' && !ended.has(record.number) && last?.state !== 'refused',
  );`,
    scripts: ['a refusal races a claim', 'create'],
  },
  {
    name: 'an accepted call repeated when the hour is over',
    file: 'decision.ts',
    fragment: '  if (accepted) return {',
    by: '  if (accepted && now < 0) return {',
    scripts: ['create, accepted and invisible for two hours'],
  },
  {
    name: 'the budget ignoring the ledger',
    file: 'eligibility.ts',
    fragment: '  const used = Math.max(onDemandRotations(key).length + (key.rotating ? 1 : 0), knownRotations);',
    by: '  const used = onDemandRotations(key).length + (key.rotating ? 1 : 0) + 0 * knownRotations;',
    scripts: ['reserve reached'],
    focus: { call: 'ListKeyRotations', kind: 'lag' },
  },
  {
    name: 'refusals recorded without end',
    file: 'ledger.ts',
    fragment: 'const FREE_REFUSALS = 5;',
    by: 'const FREE_REFUSALS = 5_000;',
    scripts: ['a pipeline that fails every ten minutes'],
  },

  // The response to CloudFormation.
  {
    name: 'the physical ID changed on failure',
    file: 'custom-resource-response.ts',
    fragment: "  return { Status: 'FAILED', Reason: reason, ...identity(event) };",
    by: "  return { Status: 'FAILED', Reason: reason, ...identity(event), PhysicalResourceId: 'failed' };",
    scripts: ['token changes'],
  },
  {
    name: 'any status taken for the delivery of the answer',
    file: 'custom-resource-response.ts',
    fragment: 'if (status >= 200 && status < 300) return;',
    by: 'if (status > 0) return;',
    scripts: ['create'],
    focus: { call: 'PUT response' },
  },
];
