import type { Mutation } from './bundle';

/** What must not be done to the handler, each with a script in which exploration notices. */
export const mutations: readonly Mutation[] = [
  {
    name: 'claim after the call',
    file: 'rotation-executor.ts',
    fragment:
      "    await this.ledger.append({ ...this.entry('claimed', key), ...this.takenOver(ends) }, this.patience.whole);",
    by: `
    const entry = { ...this.entry('claimed' as const, key), ...this.takenOver(ends) };
    await this.call.send(undefined);
    await this.ledger.append(entry, this.patience.whole);`,
    scripts: ['create'],
  },
  {
    name: 'no claim',
    file: 'rotation-executor.ts',
    fragment:
      "    await this.ledger.append({ ...this.entry('claimed', key), ...this.takenOver(ends) }, this.patience.whole);",
    by: `
    const number = (this.ledger.known.at(-1)?.number ?? 0) + 1;
    this.ledger.learn({ number, entry: { ...this.entry('claimed', key), ...this.takenOver(ends) } });`,
    scripts: ['create'],
  },
  {
    name: 'no reconciliation of an open claim with what KMS lists',
    file: 'key-state.ts',
    fragment: '  const others = new Set(',
    by: `
  if (entry.state === 'claimed') return undefined;
  const others = new Set(`,
    scripts: ['create'],
  },
  {
    name: 'claim given back where the outcome is not known',
    file: 'rotation-call.ts',
    fragment: "if (fault === 'unknown') return { unknownAt: now };",
    by: "if (fault === 'unknown') return { refusedForGood: this.refusal(error) };",
    scripts: ['create'],
  },
  {
    name: 'eligibility before the ledger',
    file: 'decision.ts',
    fragment: '  const spent = spending(ledger, request.token);\n',
    by: `
  if (!situation.key) return { do: 'look at the key' };
  const early = ineligibility(request.keyArn, situation.key, situation.now);
  if (early) return { do: 'fail', failure: early };
  const spent = spending(ledger, request.token);
`,
    scripts: ['key disabled, then enabled'],
  },
  {
    name: 'no look before a repeated call',
    file: 'decision.ts',
    fragment: `  if (!key) return { do: 'look at the key' };

  const rotation`,
    by: `
  if (!key && attempt.entry.state === 'claimed' && calls.unknownAt !== undefined) {
    const until = calls.unknownAt + 5 * MINUTE;
    return situation.now < until ? { do: 'wait', until, failure: failures.unanswered(request.keyArn) } : { do: 'call KMS' };
  }
  if (!key) return { do: 'look at the key' };

  const rotation`,
    scripts: ['create'],
  },
  {
    name: "going on at once on another invocation's open claim",
    file: 'decision.ts',
    fragment: ' && key.seenAt >= silentAt;',
    by: ' && silentAt > 0;',
    scripts: ['create'],
  },
  {
    // The handler has no call that deletes, so it voids the entries.
    name: 'entries deleted on Delete',
    file: 'handler.ts',
    fragment: "  if (member(event, 'RequestType') === 'Delete') return success(event);",
    by: `
  if (member(event, 'RequestType') === 'Delete') {
    const keyId = String(member(member(event, 'ResourceProperties'), 'KeyArn')).split('/')[1];
    const store = services.parameterStore('');
    const { parameters } = await store.getParametersByPath('/on-demand-key-rotation/' + keyId, undefined);
    for (const { name, value } of parameters) {
      await store.putParameter(name, value.replace(/"state":"(rotated|baseline)"/, '"state":"refused"'), true);
    }
    return success(event);
  }`,
    scripts: ['deleted, created again, token changes'],
  },
  {
    // The SDK's own retries, as they are by default: three sendings, unless the service has refused.
    name: 'SDK retries on',
    file: 'rotation-call.ts',
    fragment: '      await this.services.kms(this.region).rotateKeyOnDemand(this.keyArn);',
    by: `
      for (let n = 1; ; n++) {
        try {
          await this.services.kms(this.region).rotateKeyOnDemand(this.keyArn);
          break;
        } catch (error) {
          if (n === 3 || !['unknown', 'throttled'].includes(faultOf(error))) throw error;
          await this.services.sleep(100 * 2 ** n);
        }
      }`,
    scripts: ['create'],
  },
  {
    name: 'the physical ID changed on failure',
    file: 'custom-resource-response.ts',
    fragment: "return { Status: 'FAILED', Reason: reason, ...identity(event) };",
    by: "return { Status: 'FAILED', Reason: reason, ...identity(event), PhysicalResourceId: 'failed' };",
    scripts: ['token changes'],
  },
  // What this design depends on besides.
  {
    name: 'accepted before KMS was asked',
    file: 'rotation-executor.ts',
    fragment: '    await this.call.send(nextAutomaticRotation);',
    by: `
    const attempt = this.ownOpenAttempt();
    if (attempt) await this.ledger.overwrite(attempt, this.changed(attempt, { state: 'requested' }), this.patience.whole);
    await this.call.send(nextAutomaticRotation);`,
    scripts: ['create'],
  },
  {
    name: 'SUCCESS as soon as the ledger says that KMS has accepted',
    file: 'ledger.ts',
    fragment: "entry.token === token && (entry.state === 'rotated' || entry.state === 'baseline'));",
    by: "entry.token === token && ['requested', 'rotated', 'baseline'].includes(entry.state));",
    scripts: ['create, multi-Region key'],
  },
  {
    name: 'a start date that is gone taken for the end',
    file: 'key-state.ts',
    fragment:
      'return !key.rotating && since.some(({ KeyMaterialId }) => KeyMaterialId === key.metadata.CurrentKeyMaterialId);',
    by: 'return !key.rotating && since.length > 0;',
    scripts: ['create, start date gone a minute early'],
  },
  {
    name: 'silence of three minutes',
    file: 'key-state.ts',
    fragment: '12 * MINUTE : 5 * MINUTE',
    by: '12 * MINUTE : 3 * MINUTE',
    scripts: ['create, slow rotation'],
  },
  {
    name: 'an attempt that was not read overlooked',
    file: 'decision.ts',
    fragment: '  if (missing !== undefined) return',
    by: '  if (missing === 0) return',
    scripts: ['last rotation'],
  },
  {
    name: 'a rollback refused by a ledger that lags',
    file: 'decision.ts',
    fragment: "return request.type === 'Update' && !hasSettled(situation) && !owns;",
    by: 'return false;',
    scripts: ['key disabled right after a rotation'],
  },
  {
    name: 'a rollback refused since time has passed, though the ledger was not read since',
    file: 'decision.ts',
    fragment: `function hasSettled({ ledgerReadAt, settledAt }: Situation): boolean {
  return ledgerReadAt !== undefined && ledgerReadAt >= settledAt;`,
    by: `function hasSettled({ now, settledAt }: Situation): boolean {
  return now >= settledAt;`,
    scripts: ['last rotation'],
  },
  {
    name: 'any status taken for the delivery of the answer',
    file: 'custom-resource-response.ts',
    fragment: 'if (status >= 200 && status < 300) return;',
    by: 'if (status > 0) return;',
    scripts: ['create'],
  },
  {
    name: 'a baseline taken for the cause of the material that it found',
    file: 'key-state.ts',
    fragment: "other.entry.token !== entry.token && other.entry.state === 'rotated'",
    by: 'other.entry.token !== entry.token',
    scripts: ['recorded by another resource meanwhile'],
  },
  {
    name: 'a rotation that was over before the attempt began taken for its own',
    file: 'key-state.ts',
    fragment: 'const since = Date.parse(entry.since ?? entry.startedAt) - CLOCK_DIFFERENCE;',
    by: 'const since = 0;',
    scripts: ['token changes'],
  },
  {
    name: 'a rotation that was seen in progress forgotten when its start date is gone',
    file: 'in-progress-rotations.ts',
    fragment: 'return listedSince(key, first) < listedBefore + many && key.seenAt < at + consistencyWindow(key);',
    by: 'return first < 0;',
    scripts: ['create, start date gone a minute early'],
  },
];
