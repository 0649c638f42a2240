import type { Mutation } from './bundle';

/** What must not be done to the handler, each with a script in which exploration notices. */
export const mutations: readonly Mutation[] = [
  {
    name: 'claim after the call',
    file: 'rotation.ts',
    fragment:
      "    await this.ledger.append({ ...this.entry('claimed', key), ends: ends?.number, materialsBefore }, this.patience.whole);",
    by: `
    const entry = { ...this.entry('claimed' as const, key), ends: ends?.number, materialsBefore };
    await this.call.send(undefined);
    await this.ledger.append(entry, this.patience.whole);`,
    scripts: ['create'],
  },
  {
    name: 'no claim',
    file: 'rotation.ts',
    fragment:
      "    await this.ledger.append({ ...this.entry('claimed', key), ends: ends?.number, materialsBefore }, this.patience.whole);",
    by: `
    const number = (this.ledger.known.at(-1)?.number ?? 0) + 1;
    this.ledger.known = [...this.ledger.known, { number, entry: { ...this.entry('claimed', key), ends: ends?.number, materialsBefore } }];`,
    scripts: ['create'],
  },
  {
    name: 'no reconciliation of an open claim with what KMS lists',
    file: 'key-state.ts',
    fragment: '  const since = Date.parse(claim.entry.startedAt) - CLOCK_DIFFERENCE;',
    by: `
  if (acceptedAt === undefined) return undefined;
  const since = Date.parse(claim.entry.startedAt) - CLOCK_DIFFERENCE;`,
    scripts: ['create'],
  },
  {
    name: 'claim given back where the outcome is not known',
    file: 'rotation-call.ts',
    fragment: 'if (!REFUSALS.has(name)) return { unknownAt: now };',
    by: 'if (!REFUSALS.has(name)) return { refusedForGood: this.refusal(error) };',
    scripts: ['create'],
  },
  {
    name: "a status of the caller's taken for a refusal",
    file: 'rotation-call.ts',
    fragment: 'if (!REFUSALS.has(name)) return { unknownAt: now };',
    by: 'if (!REFUSALS.has(name) && !/^(RequestTimeout|RequestAborted|TooMany|ClientClosed)/.test(name)) return { unknownAt: now };',
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
    name: 'called again where the outcome is not known',
    file: 'decision.ts',
    fragment: '  if (calls.unknownAt !== undefined) return',
    by: '  if (calls.unknownAt !== undefined && key.seenAt < calls.unknownAt + 60_000) return',
    scripts: ['create, invisible for eight minutes'],
  },
  {
    name: "going on at once on another invocation's open claim",
    file: 'key-state.ts',
    fragment: '  return key.seenAt >= settledAt(claim) && !key.rotating;',
    by: '  return settledAt(claim) > 0 && !key.rotating;',
    scripts: ['create'],
  },
  {
    name: "going on when the owner of another invocation's claim is dead",
    file: 'key-state.ts',
    fragment: '  return deathOf(claim) + SETTLEMENT;',
    by: '  return deathOf(claim);',
    scripts: ['create, slow rotation', 'dead claim that is called by an owner that has been frozen, other tokens come'],
  },
  {
    name: 'an entry that ends no claim taken for the end of all',
    file: 'ledger.ts',
    fragment: "entry.state === 'claimed' && !ended.has(number));",
    by: "(entry.state === 'claimed' || entry.ends === undefined) && !ended.has(number) && entry.state === 'claimed' && number === lastNumber(ledger));",
    scripts: ['recorded only while a claim is open', 'a refusal races a claim'],
  },
  {
    name: 'refused although the outcome is not known',
    file: 'rotation.ts',
    fragment: 'if (!attempt || this.hasCalled || this.ledger.overwritten !== undefined) return;',
    by: 'if (!attempt || this.ledger.overwritten !== undefined) return;',
    scripts: ['create'],
  },
  {
    name: "its own record taken for another one's",
    file: 'decision.ts',
    fragment: '  if (open?.entry.invocation === situation.invocation) return ownClaim(situation, open);',
    by: '  if (open?.entry.invocation === situation.invocation && !situation.ledgerIsStale && open.number < 0) return ownClaim(situation, open);',
    scripts: ['create'],
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
    file: 'answer.ts',
    fragment: "return { Status: 'FAILED', Reason: reason, ...identity(event) };",
    by: "return { Status: 'FAILED', Reason: reason, ...identity(event), PhysicalResourceId: 'failed' };",
    scripts: ['token changes'],
  },
  // What this design depends on besides.
  {
    name: 'a start date that is gone taken for the end',
    file: 'key-state.ts',
    fragment:
      'return !key.rotating && since.some(({ KeyMaterialId }) => isSame(KeyMaterialId, key.metadata.CurrentKeyMaterialId));',
    by: 'return !key.rotating && since.length > 0;',
    scripts: ['create, start date gone a minute early'],
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
    fragment: "if (step.do !== 'fail' || step.isFinal || owns(situation)) return step;",
    by: "if (step.do !== 'fail' || step.do === 'fail') return step;",
    scripts: ['key disabled right after a rotation'],
  },
  {
    name: 'the last refusal believed without reading on',
    file: 'decision.ts',
    fragment: 'if (isWhole && ledgerReadAt !== undefined && ledgerReadAt >= settledAt) return step;',
    by: 'if (isWhole) return step;',
    scripts: ['refused, then rotated, and back from the next one'],
  },
  {
    name: 'a rollback refused since time has passed, though the ledger was not read since',
    file: 'decision.ts',
    fragment: 'if (isWhole && ledgerReadAt !== undefined && ledgerReadAt >= settledAt) return step;',
    by: 'if (isWhole && now >= settledAt) return step;',
    scripts: ['refused, then rotated, and back from the next one'],
  },
  {
    name: 'any status taken for the delivery of the answer',
    file: 'answer.ts',
    fragment: 'if (status >= 200 && status < 300) return;',
    by: 'if (status > 0) return;',
    scripts: ['create'],
  },
  {
    name: 'a baseline taken for the cause of the material that it found',
    file: 'ledger.ts',
    fragment: "const after = state === 'rotated' ? beginningOf(keyMaterialAfter) : undefined;",
    by: "const after = state === 'rotated' || state === 'baseline' ? beginningOf(keyMaterialAfter) : undefined;",
    scripts: ['recorded by another resource meanwhile'],
  },
  {
    name: 'a rotation that was over before the attempt began taken for its own',
    file: 'key-state.ts',
    fragment: 'const since = Date.parse(claim.entry.startedAt) - CLOCK_DIFFERENCE;',
    by: 'const since = 0;',
    scripts: ['token changes'],
  },
  {
    name: 'a rotation that was seen in progress forgotten when its start date is gone',
    file: 'sighting.ts',
    fragment: 'return listedSince(key, first) < listedBefore + many && key.seenAt < at + consistencyWindow(key);',
    by: 'return first < 0;',
    scripts: ['create, start date gone a minute early'],
  },
];
