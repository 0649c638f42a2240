import { ConnectionLost } from '../../local/wire/interception';
import { ServiceError } from '../../local/wire/service';
import { expectFailure, expectSuccess } from './responses';
import { ROLE_ARN, Stage } from './stage';

let stage: Stage;
let keyArn: string;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());
beforeEach(() => {
  keyArn = stage.newKey();
});

/** Ends the interceptions of a test, even of one that fails. */
const ends: (() => void)[] = [];
const intercept: Stage['aws']['intercept'] = (...interception) => {
  const end = stage.aws.intercept(...interception);
  ends.push(end);
  return end;
};
afterEach(() => {
  ends.splice(0).forEach((end) => {
    end();
  });
});

const rotateKeyOnDemand = { service: 'kms', operation: 'RotateKeyOnDemand' };
const oneMinute = { ResourceProperties: { CompletionTimeout: '60' } };
const throwing =
  (code: string, message = '', status = 400) =>
  () => {
    throw new ServiceError(code, message, status);
  };

describe('a call of KMS with an unknown outcome', () => {
  // Whatever the status code: only errors that KMS documents for this call are refusals.
  const ambiguous: [string, number][] = [
    ['RequestTimeoutException', 408],
    ['RequestAbortedException', 400],
    ['TooManyRequests', 429],
    ['ClientClosedRequest', 499],
    ['KMSInternalException', 500],
    ['DependencyTimeoutException', 503],
    ['ValidationException', 500],
    ['ThrottlingException', 503],
  ];

  test.each(ambiguous)('%s (%d) after its effect: the rotation is found and adopted', async (code, status) => {
    intercept({ ...rotateKeyOnDemand, times: 1 }, 'after', throwing(code, '', status));
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  });

  test.each(ambiguous)('%s (%d) without an effect: the same request never calls again', async (code, status) => {
    intercept({ ...rotateKeyOnDemand, times: 1 }, 'before', throwing(code, '', status));
    expectFailure(await stage.send(stage.create(keyArn, 'A', oneMinute)), 'Unanswered', 'UNKNOWN');
    expect(stage.sent(keyArn)).toBe(1);
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }]);
  });

  test('no request calls KMS until an hour after the owner died, whatever its token', async () => {
    intercept({ ...rotateKeyOnDemand, times: 1 }, 'before', throwing('KMSInternalException', '', 500));
    const reason = expectFailure(await stage.send(stage.create(keyArn, 'A', oneMinute)), 'Unanswered', 'UNKNOWN');
    const [, until = ''] = /do so after (\S+)\.$/m.exec(reason) ?? [];
    expectFailure(await stage.send(stage.create(keyArn, 'A', oneMinute)), 'AnotherRequest', 'UNKNOWN');
    stage.pass(30);
    expectFailure(await stage.send(stage.create(keyArn, 'A')), 'OpenClaim', 'UNKNOWN');
    expectFailure(await stage.send(stage.create(keyArn, 'B')), 'OpenClaim', 'NOT ROTATED');
    expect(stage.sent(keyArn)).toBe(1);
    stage.aws.clock.skip(Date.parse(until) - stage.now);
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([2, 1]);
  });

  test('a lost response: the rotation is found and adopted', async () => {
    intercept({ ...rotateKeyOnDemand, times: 1 }, 'after', () => {
      throw new ConnectionLost();
    });
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  });

  test('after the hour, another token may rotate, and then still the first one', async () => {
    intercept({ ...rotateKeyOnDemand, times: 1 }, 'before', throwing('KMSInternalException', '', 500));
    expectFailure(await stage.send(stage.create(keyArn, 'A', oneMinute)), 'Unanswered', 'UNKNOWN');
    stage.pass(80);
    expectSuccess(await stage.send(stage.create(keyArn, 'B')), { Outcome: 'ROTATED' });
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([3, 2]);
  });
});

describe('a call of KMS that is refused', () => {
  test('throttling is waited out', async () => {
    intercept({ ...rotateKeyOnDemand, times: 4 }, 'before', throwing('ThrottlingException', 'Rate exceeded'));
    expectSuccess(await stage.send(stage.create(keyArn, 'A')));
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([5, 1]);
  });

  test('an automatic rotation that is due fails the deployment, and the same token rotates later', async () => {
    const stop = intercept(rotateKeyOnDemand, 'before', throwing('ConflictException'));
    expectFailure(await stage.send(stage.create(keyArn, 'A', oneMinute)), 'AutomaticRotation', 'NOT ROTATED');
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'refused', ends: 1 }]);
    stop();
    expectSuccess(await stage.send(stage.create(keyArn, 'A')));
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('the limit of KMS fails the deployment, and its rollback succeeds', async () => {
    await stage.send(stage.create(keyArn, 'A'));
    const limit = throwing('LimitExceededException', 'The on-demand rotations limit has been reached.');
    intercept({ ...rotateKeyOnDemand, times: 1 }, 'before', limit);
    const failed = await stage.send(stage.update(keyArn, 'A', 'B'));
    expectFailure(failed, 'LimitReached', 'NOT ROTATED');
    expect(failed.PhysicalResourceId).toBe('Rotation');
    expectSuccess(await stage.send(stage.update(keyArn, 'B', 'A')), { Outcome: 'TOKEN_USED' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('repeatedly: the next claim waits, so that the ledger does not fill up', async () => {
    const stop = intercept(rotateKeyOnDemand, 'before', throwing('DisabledException'));
    for (let n = 0; n < 5; n++)
      expectFailure(await stage.send(stage.create(keyArn, 'A')), 'RotationRefused', 'NOT ROTATED');
    expectFailure(await stage.send(stage.create(keyArn, 'A')), 'RefusedBefore', 'UNKNOWN');
    expect([stage.sent(keyArn), stage.ledger(keyArn).length]).toEqual([5, 10]);
    stop();
    stage.pass(11);
    expectSuccess(await stage.send(stage.create(keyArn, 'A')));
  });
});

describe('reads of KMS', () => {
  // What the SDK would retry: credentials that are about to be replaced, clock skew, throttling by any name, transient errors.
  test.each([
    ['ExpiredTokenException', 400],
    ['UnrecognizedClientException', 400],
    ['InvalidClientTokenId', 403],
    ['InvalidSignatureException', 400],
    ['RequestExpired', 400],
    ['RequestTimeTooSkewed', 403],
    ['SlowDown', 400],
    ['TooManyRequests', 429],
    ['RequestTimeoutException', 408],
    ['KMSInternalException', 500],
  ])('are retried after %s (%d), even on Create', async (code, status) => {
    const stops = ['DescribeKey', 'GetKeyRotationStatus', 'ListKeyRotations'].map((operation) =>
      intercept({ service: 'kms', operation, times: 2 }, 'before', throwing(code, '', status)),
    );
    intercept({ service: 'ssm', operation: 'GetParametersByPath', times: 2 }, 'before', throwing(code, '', status));
    expectSuccess(await stage.send(stage.create(keyArn, 'A')));
    stops.forEach((stop) => {
      stop();
    });
  });

  test('fail until the timeout: the rotation continues, and the same token completes it', async () => {
    const stop = intercept({ service: 'kms', operation: 'ListKeyRotations' }, 'after', (call) => {
      if (stage.rotations(String(call.input.KeyId)) > 0) throw new ServiceError('ThrottlingException', 'Rate exceeded');
    });
    expectFailure(await stage.send(stage.create(keyArn, 'A', oneMinute)), 'KmsUnreachable', 'ROTATION IN PROGRESS');
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'requested', claim: 1 }]);
    stop();
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
  });
});

describe('a rotation that takes long', () => {
  const slowly = async (seconds: number, act: () => Promise<void>) => {
    const { settings } = stage.aws.kms;
    const { rotationTime } = settings;
    settings.rotationTime = seconds * 1000;
    try {
      await act();
    } finally {
      settings.rotationTime = rotationTime;
    }
  };

  test('is recorded as requested after three minutes', () =>
    slowly(300, async () => {
      expectSuccess(await stage.send(stage.create(keyArn, 'A')));
      expect(stage.ledger(keyArn).map(({ state }) => state)).toEqual(['claimed', 'requested', 'rotated']);
    }));

  test('is in progress at the timeout, and the next deployment completes it', () =>
    slowly(1200, async () => {
      const response = await stage.send(stage.create(keyArn, 'A', oneMinute));
      expectFailure(response, 'NotInForce', 'ROTATION IN PROGRESS');
      stage.pass(20);
      expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
      expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
    }));
});

test('an accepted call that KMS never shows is never repeated for its token, and does not block other tokens forever', async () => {
  await stage.record(keyArn, { state: 'claimed', token: 'A' }, 80);
  await stage.record(keyArn, { state: 'requested', token: 'A', claim: 1 }, 79);
  expectFailure(await stage.send(stage.create(keyArn, 'A')), 'NeverShown', 'UNKNOWN');
  expectSuccess(await stage.send(stage.create(keyArn, 'B')), { Outcome: 'ROTATED' });
  expectFailure(await stage.send(stage.create(keyArn, 'A')), 'NeverShown', 'UNKNOWN');
  const baselineOnly = { ResourceProperties: { RotateOnCreate: 'false' } };
  expectFailure(await stage.send(stage.create(keyArn, 'A', baselineOnly)), 'NeverShown', 'UNKNOWN');
  expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
});

describe('an invocation dies', () => {
  test('after KMS has accepted: the redelivered event finds the rotation', async () => {
    const event = stage.create(keyArn, 'A');
    await stage.die(event, 'after');
    expectSuccess(await stage.send(event), { Outcome: 'ROTATED' });
    expect([stage.sent(keyArn), stage.rotations(keyArn)]).toEqual([1, 1]);
    expect(stage.ledger(keyArn)).toMatchObject([{ state: 'claimed' }, { state: 'rotated', ends: 1 }]);
  });

  test('before it has called KMS: no request calls for an hour, then the same token rotates', async () => {
    const event = stage.create(keyArn, 'A', oneMinute);
    await stage.die(event, 'before');
    expectFailure(await stage.send(event), 'AnotherRequest', 'UNKNOWN');
    stage.pass(20);
    expectFailure(await stage.send(stage.create(keyArn, 'B')), 'OpenClaim', 'NOT ROTATED');
    stage.pass(60);
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('and another token finds its rotation, records it, and then rotates, too', async () => {
    await stage.die(stage.create(keyArn, 'A'), 'after');
    expectSuccess(await stage.send(stage.create(keyArn, 'B')), { Outcome: 'ROTATED' });
    expect(stage.ledger(keyArn)).toMatchObject([
      { state: 'claimed', token: 'A' },
      { state: 'rotated', token: 'A', ends: 1 },
      { state: 'claimed', token: 'B' },
      { state: 'rotated', token: 'B', ends: 3 },
    ]);
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'TOKEN_USED' });
    expect(stage.rotations(keyArn)).toBe(2);
  });
});

describe('the ledger is unreachable', () => {
  test('a Create fails, and nothing is rotated', async () => {
    const denied = throwing('AccessDeniedException', 'not authorized to perform: ssm:GetParametersByPath');
    const stop = intercept({ service: 'ssm', operation: 'GetParametersByPath' }, 'before', denied);
    const reason = expectFailure(await stage.send(stage.create(keyArn, 'A')), 'LedgerDenied', 'UNKNOWN');
    stop();
    expect(reason).toContain(ROLE_ARN);
    expect(reason).toContain('ssm:GetParametersByPath');
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('a rollback keeps trying to read it', async () => {
    await stage.send(stage.create(keyArn, 'A'));
    const until = stage.now + 12 * 60_000;
    const stop = intercept({ service: 'ssm', operation: 'GetParametersByPath' }, 'before', () => {
      if (stage.now < until) throw new ServiceError('ThrottlingException', 'Rate exceeded');
    });
    const answer = await stage.send(
      stage.update(keyArn, 'B', 'A', { ResourceProperties: { CompletionTimeout: '60' } }),
    );
    stop();
    expectSuccess(answer, { Outcome: 'TOKEN_USED' });
  });

  test('a completed rotation that cannot be recorded is reported as in progress', async () => {
    const stop = intercept({ service: 'ssm', operation: 'PutParameter' }, 'before', () => {
      if (stage.ledger(keyArn).length > 0) throw new ServiceError('ParameterLimitExceeded', 'Too many parameters.');
    });
    expectFailure(await stage.send(stage.create(keyArn, 'A')), 'LedgerUnreachable', 'ROTATION IN PROGRESS');
    stop();
    expectSuccess(await stage.send(stage.create(keyArn, 'A')), { Outcome: 'ROTATED' });
    expect(stage.rotations(keyArn)).toBe(1);
  });

  test('in a partition without tiers, records are created without one', async () => {
    intercept({ service: 'ssm', operation: 'PutParameter' }, 'before', ({ input }) => {
      if (input.Tier !== undefined) throw new ServiceError('ValidationException', 'Tier is not supported.');
    });
    expectSuccess(await stage.send(stage.create(keyArn, 'A')));
    const puts = stage.aws.calls.filter(({ operation }) => operation === 'PutParameter').slice(-3);
    expect(puts.map(({ input }) => input.Tier)).toEqual(['Standard', undefined, undefined]);
  });
});

describe('unforeseen errors', () => {
  test('a refusal to describe the key is reported in the words of KMS', async () => {
    intercept(
      { service: 'kms', operation: 'DescribeKey' },
      'before',
      throwing('ValidationException', 'Something new.'),
    );
    const reason = expectFailure(await stage.send(stage.create(keyArn, 'A')), 'KeyRefused', 'NOT ROTATED');
    expect(reason).toContain(`KMS refuses to describe key ${keyArn}: ValidationException: Something new.`);
    expect(stage.sent(keyArn)).toBe(0);
  });

  test('a bug of the provider gets a response, and its stack trace is logged', async () => {
    const services = {
      ...stage.services,
      kms: () => {
        throw new TypeError('kms is not a function');
      },
    };
    stage.logged.length = 0;
    const reason = expectFailure(await stage.send(stage.create(keyArn, 'A'), services), 'Unexpected', 'UNKNOWN');
    expect(reason).toContain('The provider failed: TypeError: kms is not a function.');
    expect(stage.logged.at(-1)?.stack).toContain('faults.test.ts');
  });
});
