import { type Entry, nameOf, serialize } from '../../lambda/ledger';
import { ConnectionLost } from '../../local/wire/interception';
import { ServiceError } from '../../local/wire/service';
import { REGION, ROLE_ARN, Stage } from './stage';

/** KMS takes 20 s for a rotation, and 100 s go by in one. */
let stage: Stage;
let keyArn: string;

beforeAll(async () => {
  stage = await Stage.open({ rotationTime: 20, timeScale: 'virtual' });
});
afterAll(() => stage.close());
beforeEach(() => {
  keyArn = stage.newKey();
});

const currentMaterial = (arn: string) => stage.aws.kms.key(REGION, arn).currentMaterialId;

describe('one token, one rotation', () => {
  test('a Create rotates, and is answered when the new material is in force', async () => {
    const before = currentMaterial(keyArn);
    const answer = await stage.send(stage.create(keyArn, 'A'));
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: 'Rotation',
      Data: { KeyArn: keyArn, KeyMaterialId: currentMaterial(keyArn), RemainingRotations: 24 },
    });
    expect(answer.Data?.RotationDate).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(currentMaterial(keyArn)).not.toBe(before);
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('a new token rotates once more; its rollback, a redeployment and a way back to the old token do not', async () => {
    const created = await stage.send(stage.create(keyArn, 'A'));
    await stage.send(stage.update(keyArn, 'A', 'B'));
    expect(stage.rotations(keyArn)).toBe(2);
    const rolledBack = await stage.send(stage.update(keyArn, 'B', 'A'));
    expect(rolledBack).toMatchObject({ Status: 'SUCCESS', Data: created.Data });
    expect(await stage.send(stage.update(keyArn, 'A', 'B'))).toMatchObject({
      Status: 'SUCCESS',
      Data: { RemainingRotations: 23 },
    });
    expect(stage.rotations(keyArn)).toBe(2);
  });

  test('an Update of an unrelated property rotates nothing, even for a token that the ledger does not know', async () => {
    const answer = await stage.send(
      stage.update(keyArn, 'A', 'A', { ResourceProperties: { CompletionTimeout: '60' } }),
    );
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      Data: { KeyArn: keyArn, RotationDate: '', KeyMaterialId: '', RemainingRotations: 0 },
    });
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('the same event delivered again, and twice at once, rotates once', async () => {
    const event = stage.create(keyArn, 'A');
    const answers = await Promise.all([stage.send(event), stage.send(event)]);
    answers.push(await stage.send(event));
    expect(answers.map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    expect(new Set(answers.map(({ Data }) => Data?.KeyMaterialId)).size).toBe(1);
    expect(stage.rotations(keyArn)).toBe(1);
    expect(stage.sent(keyArn)).toBe(1);
  });

  test('two tokens at once rotate twice, one after the other', async () => {
    const answers = await Promise.all([
      stage.send(stage.create(keyArn, 'A', { LogicalResourceId: 'One' })),
      stage.send(stage.create(keyArn, 'B', { LogicalResourceId: 'Other' })),
    ]);
    expect(answers.map(({ Status }) => Status)).toEqual(['SUCCESS', 'SUCCESS']);
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

  test('another key in place of the first is rotated; the rollback to the first is not', async () => {
    const other = stage.newKey();
    await stage.send(stage.create(keyArn, 'A'));
    const swap = (from: string, to: string) =>
      stage.event('Update', to, 'A', { OldResourceProperties: { KeyArn: from, RotationToken: 'A' } });
    await stage.send(swap(keyArn, other));
    await stage.send(swap(other, keyArn));
    expect([stage.rotations(keyArn), stage.rotations(other)]).toEqual([1, 1]);
  });

  test('a baseline is recorded without a rotation; the next token rotates', async () => {
    const answer = await stage.send(stage.create(keyArn, 'A', { ResourceProperties: { RotateOnCreate: 'false' } }));
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      Data: { RotationDate: '', KeyMaterialId: currentMaterial(keyArn), RemainingRotations: 25 },
    });
    await stage.send(stage.update(keyArn, 'A', 'B', { ResourceProperties: { RotateOnCreate: 'false' } }));
    await stage.send(stage.update(keyArn, 'B', 'A', { ResourceProperties: { RotateOnCreate: 'false' } }));
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('a Delete touches nothing', async () => {
    const before = stage.aws.calls.length;
    expect(await stage.send(stage.event('Delete', keyArn, 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.aws.calls.length).toBe(before);
  });
});

describe('when calls fail', () => {
  test('the answer of an accepted call is lost: the rotation is found and adopted', async () => {
    stage.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand', times: 1 }, 'after', () => {
      throw new ConnectionLost();
    });
    expect(await stage.send(stage.create(keyArn, 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.sent(keyArn)).toBe(1);
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'rotated', adopted: true }]);
  });

  test('a server fault before anything happened: the call is repeated after KMS has been silent for five minutes', async () => {
    stage.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand', times: 1 }, 'before', () => {
      throw new ServiceError('KMSInternalException', '', 500);
    });
    const startedAt = stage.aws.clock.now();
    expect(await stage.send(stage.create(keyArn, 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.aws.clock.now() - startedAt).toBeGreaterThan(300_000);
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([2, 1]);
  });

  test('throttling is waited out', async () => {
    stage.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand', times: 4 }, 'before', () => {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    });
    expect(await stage.send(stage.create(keyArn, 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([5, 1]);
  });

  test('an automatic rotation that is due fails the deployment, and the same token rotates later', async () => {
    const stop = stage.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand' }, 'before', () => {
      throw new ServiceError('ConflictException', '');
    });
    const answer = await stage.send(stage.create(keyArn, 'A', { ResourceProperties: { CompletionTimeout: '120' } }));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('half an hour later') as string });
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'refused', ends: 1 }]);
    stop();
    expect(await stage.send(stage.create(keyArn, 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('the limit of KMS fails the deployment, and its rollback succeeds', async () => {
    await stage.send(stage.create(keyArn, 'A'));
    stage.aws.intercept({ service: 'kms', operation: 'RotateKeyOnDemand', times: 1 }, 'before', () => {
      throw new ServiceError(
        'LimitExceededException',
        'The on-demand rotations limit has been reached for the given keyId.',
      );
    });
    const failed = await stage.send(stage.update(keyArn, 'A', 'B'));
    expect(failed).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'Rotation',
      Reason: expect.stringContaining('create a new key') as string,
    });
    expect(await stage.send(stage.update(keyArn, 'B', 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('time runs out while the material is on its way: the same token picks the same rotation up', async () => {
    const slow = { ResourceProperties: { CompletionTimeout: '120' } };
    const stop = stage.aws.intercept({ service: 'kms', operation: 'ListKeyRotations' }, 'after', (call) => {
      // As long as this holds, KMS's history seems to stand still.
      if (stage.rotations(String(call.input.KeyId)) > 0) throw new ServiceError('ThrottlingException', 'Rate exceeded');
    });
    const failed = await stage.send(stage.create(keyArn, 'A', slow));
    expect(failed).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('Deploy again with the same rotation token') as string,
    });
    stop();
    expect(await stage.send(stage.create(keyArn, 'A', slow))).toMatchObject({ Status: 'SUCCESS' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  });

  test('the ledger is unreachable: FAILED, and nothing is rotated', async () => {
    const denied = () => {
      throw new ServiceError('AccessDeniedException', 'not authorized to perform: ssm:GetParametersByPath');
    };
    const stop = stage.aws.intercept({ service: 'ssm', operation: 'GetParametersByPath' }, 'before', denied);
    const answer = await stage.send(stage.create(keyArn, 'A'));
    stop();
    expect(answer.Status).toBe('FAILED');
    expect(answer.Reason).toContain(ROLE_ARN);
    expect(answer.Reason).toContain('ssm:GetParametersByPath');
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('a rollback succeeds with KMS unreachable and the key disabled', async () => {
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
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { RemainingRotations: 24 } });
  });
});

describe('when reads lag', () => {
  test("a rotation by hand that was over before, and is not listed yet, is not taken for the token's", async () => {
    const { clock, kms } = stage.aws;
    const before = clock.now();
    await stage.services.kms(REGION).rotateKeyOnDemand(keyArn);
    await clock.sleep(60_000);
    kms.knobs.readLag = (operation, arn) =>
      arn === keyArn && operation !== 'GetKeyRotationStatus' ? clock.now() - before : 0;
    stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 1 }, 'after', () => {
      kms.knobs.readLag = 0;
    });
    const answer = await stage.send(stage.create(keyArn, 'A'));
    expect(stage.rotations(keyArn)).toBe(2);
    expect(answer).toMatchObject({
      Status: 'SUCCESS',
      Data: { KeyMaterialId: currentMaterial(keyArn), RemainingRotations: 23 },
    });
  });

  test('a rollback goes on trying to read the ledger until its time is up', async () => {
    const { clock, parameterStore } = stage.aws;
    const before = clock.now();
    await stage.send(stage.create(keyArn, 'A'));
    // The only read that is answered misses the entry, and KMS shows nothing.
    const startedAt = clock.now();
    parameterStore.readLag = () => clock.now() - before;
    const stops = [
      stage.aws.intercept({ service: 'ssm', operation: 'GetParametersByPath' }, 'before', () => {
        if (parameterStore.readLag === 0 && clock.now() < startedAt + 240_000)
          throw new ServiceError('ThrottlingException', 'Rate exceeded');
      }),
      stage.aws.intercept({ service: 'ssm', operation: 'GetParametersByPath', times: 1 }, 'after', () => {
        parameterStore.readLag = 0;
      }),
      stage.aws.intercept({ service: 'kms', operation: 'DescribeKey' }, 'before', () => {
        throw new ServiceError('AccessDeniedException', 'not authorized to perform: kms:DescribeKey');
      }),
    ];
    const answer = await stage.send(stage.update(keyArn, 'B', 'A'));
    stops.forEach((stop) => {
      stop();
    });
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { RemainingRotations: 24 } });
    expect(stage.rotations(keyArn)).toBe(1);
  });
});

describe('what the ledger records', () => {
  /** Writes an attempt of another invocation into the ledger. */
  function record(number: number, entry: Partial<Entry> & Pick<Entry, 'state' | 'token'>): Promise<void> {
    const now = new Date(stage.aws.clock.now()).toISOString();
    const others = { stackId: 'stack', logicalResourceId: 'Rotation', requestId: 'request', invocation: 'other' };
    const before = { keyMaterialBefore: currentMaterial(keyArn) ?? '', onDemandRotationsBefore: 0 };
    const whole = { keyArn, startedAt: now, updatedAt: now, ...others, ...before, ...entry };
    return stage.services
      .parameterStore(REGION)
      .putParameter(nameOf(keyArn.slice(keyArn.lastIndexOf('/') + 1), number), serialize(whole), false);
  }

  test('a token that KMS has accepted, and another one after it: its rollback succeeds, however long that is not shown', async () => {
    await record(1, { state: 'requested', token: 'A' });
    await record(2, { state: 'rotated', token: 'B' });
    const answer = await stage.send(
      stage.update(keyArn, 'B', 'A', { ResourceProperties: { CompletionTimeout: '60' } }),
    );
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { KeyArn: keyArn } });
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('an accepted call: of two rotations that it does not know, the one dated since is its own, however much later', async () => {
    const { clock } = stage.aws;
    await stage.services.kms(REGION).rotateKeyOnDemand(keyArn);
    await clock.sleep(60_000);
    await record(1, { state: 'requested', token: 'A' });
    await stage.services.kms(REGION).rotateKeyOnDemand(keyArn);
    await clock.sleep(6 * 60_000);
    const answer = await stage.send(stage.create(keyArn, 'A'));
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { KeyMaterialId: currentMaterial(keyArn) } });
    expect(stage.rotations(keyArn)).toBe(2);
  });

  test('what may still undo an entry does not undo the rotation: it is recorded in an entry of its own', async () => {
    const { kms } = stage.aws;
    const { rotationTime } = kms.knobs;
    kms.knobs.rotationTime = 220_000;
    stage.aws.intercept({ service: 'ssm', operation: 'PutParameter', times: 2 }, 'before', ({ input }) => {
      if (input.Overwrite === true) throw new ServiceError('InternalServerError', '', 500);
    });
    const answer = await stage.send(stage.create(keyArn, 'A'));
    kms.knobs.rotationTime = rotationTime;
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { KeyMaterialId: currentMaterial(keyArn) } });
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'requested' }, { state: 'rotated', ends: 1 }]);
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test("while another token's attempt is not shown as it ended, nothing is rotated", async () => {
    await record(1, { state: 'requested', token: 'B' });
    await record(2, { state: 'refused', token: 'C' });
    const answer = await stage.send(stage.create(keyArn, 'A', { ResourceProperties: { CompletionTimeout: '60' } }));
    expect(answer).toMatchObject({
      Status: 'FAILED',
      Reason: expect.stringContaining('looks open, but another attempt has followed') as string,
    });
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('an accepted call whose rotation is dated too early does not keep the key for ever', async () => {
    const { clock } = stage.aws;
    await record(1, { state: 'requested', token: 'A', startedAt: new Date(clock.now() + 60_000).toISOString() });
    await stage.services.kms(REGION).rotateKeyOnDemand(keyArn);
    const answer = await stage.send(stage.create(keyArn, 'A'));
    expect(answer).toMatchObject({ Status: 'SUCCESS', Data: { KeyMaterialId: currentMaterial(keyArn) } });
    expect(stage.sent(keyArn)).toBe(1);
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'requested' }, { state: 'rotated', ends: 1 }]);
  });
});

describe('when the handler dies', () => {
  /** Services under which the invocation stops for ever at its call of KMS, as when Lambda kills it; and when it has. */
  const dying = (on: Stage, whereabouts: 'before' | 'after') => {
    let died: () => void = () => undefined;
    const death = new Promise<void>((resolve) => (died = resolve));
    const kms = (region: string) => ({
      ...on.services.kms(region),
      rotateKeyOnDemand: async (arn: string) => {
        if (whereabouts === 'after') await on.services.kms(region).rotateKeyOnDemand(arn);
        died();
        return new Promise<void>(() => undefined);
      },
    });
    return { services: { ...on.services, kms }, death };
  };

  /** An owner counts as dead after twenty minutes: 600 s go by in one. */
  async function onFasterStage(act: (faster: Stage) => Promise<void>): Promise<void> {
    const faster = await Stage.open({ rotationTime: 20, timeScale: 'virtual' });
    try {
      await act(faster);
    } finally {
      await faster.close();
      Object.assign(process.env, stage.aws.environment);
    }
  }

  test('after KMS has accepted: the redelivered event finds the rotation', async () => {
    const event = stage.create(keyArn, 'A');
    const { services, death } = dying(stage, 'after');
    void stage.send(event, services);
    await death;
    expect(await stage.send(event)).toMatchObject({ Status: 'SUCCESS' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'rotated', ends: 1 }]);
  });

  test('after KMS has accepted, and reads lag for longer than anybody has seen: whoever goes on with its attempt adopts the rotation', () =>
    onFasterStage(async (faster) => {
      const { clock, kms } = faster.aws;
      const key = faster.newKey();
      const bornAt = clock.now();
      const { services, death } = dying(faster, 'after');
      void faster.send(faster.create(key, 'A'), services);
      await death;
      let claims = 0;
      kms.knobs.readLag = () => (claims === 0 ? clock.now() - bornAt : 0);
      faster.aws.intercept({ service: 'ssm', operation: 'PutParameter' }, 'after', () => {
        claims++;
      });
      await clock.sleep(19 * 60_000);
      const answer = await faster.send(faster.create(key, 'A', { ResourceProperties: { CompletionTimeout: '780' } }));
      expect(answer).toMatchObject({ Status: 'SUCCESS' });
      expect([faster.sent(key), faster.rotations(key)]).toEqual([1, 1]);
      expect(faster.ledger(key)).toMatchObject([{ state: 'claimed' }, { state: 'rotated', ends: 1, adopted: true }]);
    }));

  test('before it has called KMS: nobody calls while it could still be alive, and then the same token rotates', () =>
    onFasterStage(async (faster) => {
      const key = faster.newKey();
      const event = faster.create(key, 'A');
      const { services, death } = dying(faster, 'before');
      void faster.send(event, services);
      await death;
      const diedAt = faster.aws.clock.now();
      const redelivered = await faster.send(event);
      expect(redelivered).toMatchObject({
        Status: 'FAILED',
        Reason: expect.stringContaining('the same rotation token') as string,
      });
      const again = faster.create(key, 'A', { ResourceProperties: { CompletionTimeout: '780' } });
      expect(await faster.send(again)).toMatchObject({ Status: 'SUCCESS' });
      expect(faster.aws.clock.now() - diedAt).toBeGreaterThan(19.5 * 60_000);
      expect(faster.rotations(key)).toBe(1);
    }));
});

describe('the answer', () => {
  test('is sent again until CloudFormation takes it', async () => {
    stage.answerStatuses.push(503, 500);
    expect(await stage.send(stage.create(keyArn, 'A'))).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('is an error of the function if CloudFormation never takes it; delivered again, nothing is rotated', async () => {
    const event = stage.create(keyArn, 'A');
    stage.answerStatuses.push(...Array.from({ length: 5 }, () => 403));
    await expect(stage.send(event)).rejects.toThrow('did not take the answer');
    expect(await stage.send(event)).toMatchObject({ Status: 'SUCCESS' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('never shows the response URL in a log or an error', async () => {
    const event = stage.create(keyArn, 'A');
    stage.answerStatuses.push(...Array.from({ length: 5 }, () => 403));
    const error: unknown = await stage.send(event).catch((thrown: unknown) => thrown);
    expect(`${error instanceof Error ? error.message : ''}${JSON.stringify(stage.logged)}`).not.toContain(
      stage.responseUrl,
    );
  });
});
