import { ConnectionLost } from '../../local/wire/interception';
import { expectSuccess } from './responses';
import { REGION, Stage } from './stage';

let stage: Stage;
let keyArn: string;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  keyArn = stage.newKey();
});

const currentMaterial = (arn: string) => stage.aws.kms.key(REGION, arn).currentMaterialId;
const baselineOnly = { ResourceProperties: { RotateOnCreate: 'false' } };

describe('one token, one rotation', () => {
  test('a Create rotates, and succeeds once the new material is in force', async () => {
    const before = currentMaterial(keyArn);
    const event = stage.create(keyArn, 'A');
    const response = await stage.send(event);
    expectSuccess(response, {
      KeyArn: keyArn,
      KeyMaterialId: currentMaterial(keyArn),
      RemainingRotations: 24,
      Outcome: 'ROTATED',
      TokenUsedBy: event.StackId,
    });
    expect(response.PhysicalResourceId).toBe('Rotation');
    expect(response.Data?.RotationDate).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(response.Data?.TokenUsedAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(currentMaterial(keyArn)).not.toBe(before);
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'rotated', ends: 1 }]);
  });

  test('a new token rotates once more; its rollback, a redeployment and a return to the old token do not', async () => {
    const created = await stage.send(stage.create(keyArn, 'A'));
    await stage.send(stage.update(keyArn, 'A', 'B'));
    expect(stage.rotations(keyArn)).toBe(2);
    const rolledBack = await stage.send(stage.update(keyArn, 'B', 'A'));
    expectSuccess(rolledBack, { ...created.Data, Outcome: 'TOKEN_USED' });
    expectSuccess(await stage.send(stage.update(keyArn, 'A', 'B')), { RemainingRotations: 23, Outcome: 'TOKEN_USED' });
    expect(stage.rotations(keyArn)).toBe(2);
  });

  test('the response to a token used up by another stack names that stack', async () => {
    await stage.send(stage.create(keyArn, 'A'));
    const [first] = stage.ledger(keyArn);
    const elsewhere = `arn:aws:cloudformation:${REGION}:123456789012:stack/elsewhere/1`;
    expectSuccess(await stage.send(stage.create(keyArn, 'A', { StackId: elsewhere })), {
      Outcome: 'TOKEN_USED',
      TokenUsedBy: first?.stackId,
    });
  });

  test('an Update of an unrelated property rotates nothing, even for a token that is not in the ledger', async () => {
    const answer = await stage.send(
      stage.update(keyArn, 'A', 'A', { ResourceProperties: { CompletionTimeout: '60' } }),
    );
    expectSuccess(answer, {
      KeyArn: keyArn,
      RotationDate: 'none',
      KeyMaterialId: 'none',
      RemainingRotations: 0,
      Outcome: 'TOKEN_USED',
      TokenUsedAt: 'none',
      TokenUsedBy: 'none',
    });
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('an Update of an unrelated property keeps returning what the ledger says', async () => {
    const created = await stage.send(stage.create(keyArn, 'A'));
    expectSuccess(await stage.send(stage.update(keyArn, 'A', 'A')), { ...created.Data, Outcome: 'TOKEN_USED' });
  });

  test('the same event delivered concurrently, and once more, rotates once', async () => {
    const event = stage.create(keyArn, 'A');
    const answers = await Promise.all([stage.send(event), stage.send(event)]);
    answers.push(await stage.send(event));
    answers.forEach((answer) => {
      expectSuccess(answer, { Outcome: 'ROTATED', KeyMaterialId: currentMaterial(keyArn) });
    });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  });

  test('two concurrent tokens rotate twice, one after the other', async () => {
    const answers = await Promise.all([
      stage.send(stage.create(keyArn, 'A', { LogicalResourceId: 'One' })),
      stage.send(stage.create(keyArn, 'B', { LogicalResourceId: 'Other' })),
    ]);
    answers.forEach((answer) => {
      expectSuccess(answer, { Outcome: 'ROTATED' });
    });
    expect(new Set(answers.map(({ Data }) => Data?.KeyMaterialId)).size).toBe(2);
    expect(stage.rotations(keyArn)).toBe(2);
  });

  test('a renamed, a removed and a re-created rotation do not rotate again', async () => {
    await stage.send(stage.create(keyArn, 'A'));
    await stage.send(stage.create(keyArn, 'A', { LogicalResourceId: 'Renamed' }));
    await stage.send(stage.event('Delete', keyArn, 'A'));
    await stage.send(stage.create(keyArn, 'A'));
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('a replacement key is rotated; the rollback to the first key rotates nothing', async () => {
    const other = stage.newKey();
    await stage.send(stage.create(keyArn, 'A'));
    const swap = (from: string, to: string) =>
      stage.event('Update', to, 'A', { OldResourceProperties: { KeyArn: from, RotationToken: 'A' } });
    await stage.send(swap(keyArn, other));
    await stage.send(swap(other, keyArn));
    expect([stage.rotations(keyArn), stage.rotations(other)]).toEqual([1, 1]);
  });

  test('a rollback succeeds with KMS unreachable', async () => {
    await stage.send(stage.create(keyArn, 'A'));
    await stage.send(stage.update(keyArn, 'A', 'B'));
    const stops = ['DescribeKey', 'GetKeyRotationStatus', 'ListKeyRotations', 'RotateKeyOnDemand'].map((operation) =>
      stage.aws.intercept({ service: 'kms', operation }, 'before', () => {
        throw new ConnectionLost();
      }),
    );
    const answer = await stage.send(stage.update(keyArn, 'B', 'A'));
    stops.forEach((stop) => {
      stop();
    });
    expectSuccess(answer, { RemainingRotations: 24 });
  });

  test('a Delete makes no calls', async () => {
    const before = stage.aws.calls.length;
    expect(await stage.send(stage.event('Delete', keyArn, 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.aws.calls.length).toBe(before);
  });
});

describe('rotateOnCreate: false', () => {
  test("a key's first token is recorded without a rotation; the next one rotates", async () => {
    expectSuccess(await stage.send(stage.create(keyArn, 'A', baselineOnly)), {
      RotationDate: 'none',
      KeyMaterialId: currentMaterial(keyArn),
      RemainingRotations: 25,
      Outcome: 'BASELINE',
    });
    await stage.send(stage.update(keyArn, 'A', 'B', baselineOnly));
    expectSuccess(await stage.send(stage.update(keyArn, 'B', 'A', baselineOnly)), { Outcome: 'BASELINE' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('renamed together with a new token, it rotates, because the token changed', async () => {
    await stage.send(stage.create(keyArn, 'A', baselineOnly));
    const renamed = { ...baselineOnly, LogicalResourceId: 'Renamed' };
    expectSuccess(await stage.send(stage.create(keyArn, 'B', renamed)), { Outcome: 'ROTATED' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('a failed stack that is created again with the same token rotates nothing', async () => {
    await stage.send(stage.create(keyArn, 'A', baselineOnly));
    await stage.send(stage.event('Delete', keyArn, 'A'));
    expectSuccess(await stage.send(stage.create(keyArn, 'A', baselineOnly)), { Outcome: 'BASELINE' });
    expect(stage.rotations(keyArn)).toBe(0);
  });

  test('after a refused first attempt, the next token is recorded as the baseline', async () => {
    stage.key(keyArn).update({ enabled: false });
    await stage.send(stage.create(keyArn, 'A'));
    stage.key(keyArn).update({ enabled: true });
    expectSuccess(await stage.send(stage.create(keyArn, 'B', baselineOnly)), { Outcome: 'BASELINE' });
    expect(stage.rotations(keyArn)).toBe(0);
  });
});

describe('the response', () => {
  test('is sent again until CloudFormation accepts it', async () => {
    stage.answerStatuses.push(503, 500);
    expectSuccess(await stage.send(stage.create(keyArn, 'A')));
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('fails the function if CloudFormation never accepts it; the redelivered event rotates nothing', async () => {
    const event = stage.create(keyArn, 'A');
    stage.answerStatuses.push(...Array.from({ length: 5 }, () => 403));
    await expect(stage.send(event)).rejects.toThrow('did not take the response');
    expectSuccess(await stage.send(event), { Outcome: 'ROTATED' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('never shows its URL in a log or an error', async () => {
    const event = stage.create(keyArn, 'A');
    stage.answerStatuses.push(...Array.from({ length: 5 }, () => 403));
    const error: unknown = await stage.send(event).catch((thrown: unknown) => thrown);
    const shown = `${error instanceof Error ? error.message : ''}${JSON.stringify(stage.logged)}`;
    expect(shown).not.toContain(stage.responseUrl);
  });
});

describe('the log', () => {
  const linesOf = async (act: () => Promise<unknown>) => {
    stage.logged.length = 0;
    await act();
    return stage.logged.map(({ message, step, what, outcome }) => [message, step, outcome, what]);
  };

  test('has a few lines for a rotation, the last one with its outcome', async () => {
    expect(await linesOf(() => stage.send(stage.create(keyArn, 'A')))).toEqual([
      ['Request', undefined, undefined, undefined],
      ['Step', 'record', undefined, undefined],
      ['Step', 'call KMS', undefined, undefined],
      ['RotateKeyOnDemand', undefined, undefined, undefined],
      ['Step', 'wait', undefined, undefined],
      ['Step', 'record', undefined, undefined],
      ['Answer', undefined, 'ROTATED', 'Rotated, with 24 on-demand rotations left'],
    ]);
  });

  test('has the metrics of a request in the line of its response', async () => {
    const measured = async (act: () => Promise<unknown>) => {
      stage.logged.length = 0;
      await act();
      const [line, ...more] = stage.logged.filter((each) => '_aws' in each);
      expect([line?.message, more]).toEqual(['Answer', []]);
      return line;
    };
    const rotated = await measured(() => stage.send(stage.create(keyArn, 'A')));
    expect(rotated).toMatchObject({ FunctionName: 'provider', Rotations: 1, Failures: 0, RemainingRotations: 24 });
    expect(rotated?.KeyId).toBe(keyArn.split('/')[1]);
    expect(rotated?.SecondsUntilInForce).toBeGreaterThanOrEqual(20);
    const again = await measured(() => stage.send(stage.create(keyArn, 'A')));
    expect(again).toMatchObject({ Rotations: 0, Failures: 0 });
    expect(again).not.toHaveProperty('RemainingRotations');
    stage.key(keyArn).update({ enabled: false });
    const failed = await measured(() => stage.send(stage.create(keyArn, 'B')));
    expect(failed).toMatchObject({ Rotations: 0, Failures: 1, Code: 'KeyDisabled', level: 'ERROR' });
    const unreadable = await measured(() => stage.send({ ...stage.create(keyArn, 'B'), ResourceProperties: {} }));
    expect(unreadable).toMatchObject({ Failures: 1, Code: 'MalformedRequest' });
    expect(unreadable).not.toHaveProperty('KeyId');
  });

  test('says that a rollback rotates nothing', async () => {
    await stage.send(stage.create(keyArn, 'A'));
    await stage.send(stage.update(keyArn, 'A', 'B'));
    const [, answer] = await linesOf(() => stage.send(stage.update(keyArn, 'B', 'A')));
    expect(answer?.[3]).toMatch(/^Nothing rotated now; token used up at 2\S+Z by arn:aws:cloudformation:/);
  });
});
