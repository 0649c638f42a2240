/** Interceptions as the real SDK sees them. */
import type { GetParametersByPathCommandOutput, PutParameterCommandOutput, SSM } from '@aws-sdk/client-ssm';
import {
  ConnectionLost,
  FaultyAnswer,
  type InterceptionAction,
  OtherOutput,
  type Phase,
} from '../../../../local/wire/interception';
import { ServiceError } from '../../../../local/wire/service';
import { refusal, REGION, ServicesOnTheWire } from '../services-on-the-wire';

let wire: ServicesOnTheWire;
let ssm: SSM;
let end: () => void = () => undefined;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
  ssm = wire.ssm();
});

afterAll(() => wire.stop());

beforeEach(() => {
  wire.parameterStore.delete(REGION, '/p');
});

afterEach(() => {
  end();
});

const intercept = (phase: Phase, action: InterceptionAction, times?: number): void => {
  end = wire.interceptions.add({ service: 'ssm', operation: 'PutParameter', times }, phase, action);
};
const put = (Value: string): Promise<PutParameterCommandOutput> =>
  ssm.putParameter({ Name: '/p', Type: 'String', Value, Overwrite: true });
const stored = (): string | undefined => wire.parameterStore.get(REGION, '/p');
const failure = async (call: Promise<unknown>): Promise<unknown> => {
  try {
    return await call;
  } catch (error) {
    return error;
  }
};

test('a call can be refused before its effect, a limited number of times', async () => {
  intercept(
    'before',
    () => {
      throw new ServiceError('ThrottlingException', 'Rate exceeded');
    },
    1,
  );
  expect(await refusal(put('one'))).toEqual({ name: 'ThrottlingException', message: 'Rate exceeded' });
  expect(stored()).toBeUndefined();
  await put('two');
  expect(stored()).toBe('two');
});

test.each<[Phase, string | undefined]>([
  ['before', undefined],
  ['after', 'one'],
])('the connection can break %s the effect', async (phase, effect) => {
  intercept(phase, () => {
    throw new ConnectionLost();
  });
  expect(await failure(put('one'))).toMatchObject({
    message: expect.stringContaining('socket hang up') as string,
  });
  expect(stored()).toBe(effect);
  expect(wire.calls.at(-1)).toMatchObject({ operation: 'PutParameter', errorCode: 'ConnectionLost' });
});

describe('a response', () => {
  test.each([
    [500, 'InternalServerError'],
    [503, 'ServiceUnavailableException'],
    [429, 'SomethingNew'],
    [400, 'SomethingNew'],
  ])('can have status %d and the error name %s', async (statusCode, name) => {
    intercept('after', () => {
      throw new FaultyAnswer({ statusCode, body: JSON.stringify({ __type: name, message: 'some message' }) });
    });
    expect(await failure(put('one'))).toMatchObject({
      name,
      message: 'some message',
      $metadata: { httpStatusCode: statusCode },
    });
    expect(stored()).toBe('one');
  });

  test('can be the HTML page of a proxy', async () => {
    intercept('before', () => {
      const headers = { 'content-type': 'text/html' };
      throw new FaultyAnswer({ statusCode: 502, headers, body: '<html>Bad gateway</html>' });
    });
    expect(await failure(put('one'))).toMatchObject({ $metadata: { httpStatusCode: 502 } });
  });

  test.each(['', '{"Version":', 'no JSON'])('can be a success whose body is garbled: %j', async (body) => {
    intercept('after', () => {
      throw new FaultyAnswer({ body });
    });
    const outcome = await failure(put('one'));
    if (body === '') {
      expect(outcome).not.toHaveProperty('Version');
    } else {
      expect(outcome).toBeInstanceOf(SyntaxError);
    }
    expect(stored()).toBe('one');
  });

  test('can carry another output', async () => {
    intercept('after', () => new OtherOutput({ Version: 7 }));
    expect((await put('one')).Version).toBe(7);
    end();
    end = wire.interceptions.add(
      { service: 'ssm', operation: 'GetParametersByPath' },
      'after',
      (_, output) => new OtherOutput({ ...output, NextToken: 'never ends' }),
    );
    const read: GetParametersByPathCommandOutput = await ssm.getParametersByPath({ Path: '/' });
    expect(read.Parameters).toContainEqual(expect.objectContaining({ Value: 'one' }));
    expect(read.NextToken).toBe('never ends');
  });

  test('can stall after its headers', async () => {
    intercept('after', () => {
      throw new FaultyAnswer({ body: '{"Version"', stalls: true });
    });
    const stop = new AbortController();
    const answer = await wire.request(
      'ssm',
      'AmazonSSM.PutParameter',
      { Name: '/p', Value: 'one', Type: 'String' },
      stop,
    );
    expect(answer.status).toBe(200);
    const reader = answer.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('{"Version"');
    const rest = failure(reader?.read() ?? Promise.resolve());
    // The server has had time to send more: it has answered another call.
    await ssm.getParameter({ Name: '/p' });
    stop.abort();
    expect(await rest).toMatchObject({ name: 'AbortError' });
  });
});

test('a call can be delayed', async () => {
  const arrived = new Promise<void>((resolve) => {
    intercept('before', () => {
      resolve();
      return wire.clock.sleep(3_600_000);
    });
  });
  const call = put('one');
  await arrived;
  await wire.clock.advance(3_599_999);
  expect(stored()).toBeUndefined();
  await wire.clock.advance(1);
  await call;
  expect(stored()).toBe('one');
});

test('an interception can be ended', async () => {
  const seen: string[] = [];
  intercept('before', ({ input }) => seen.push(String(input.Value)));
  await put('one');
  end();
  await put('two');
  expect(seen).toEqual(['one']);
});
