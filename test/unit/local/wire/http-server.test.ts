import { refusal, REGION, ServicesOnTheWire } from '../services-on-the-wire';

let wire: ServicesOnTheWire;

beforeAll(async () => {
  wire = await ServicesOnTheWire.start();
});

afterAll(() => wire.stop());

describe('a call', () => {
  test('has its own request ID, which both outputs and errors carry', async () => {
    const ssm = wire.ssm();
    const before = wire.calls.length;
    const requestIds = [
      (await ssm.putParameter({ Name: '/p', Value: 'x', Type: 'String' })).$metadata.requestId,
      (await ssm.getParameter({ Name: '/p' })).$metadata.requestId,
      await ssm.getParameter({ Name: '/missing' }).catch((error: unknown) => {
        return (error as { $metadata: { requestId?: string } }).$metadata.requestId;
      }),
    ];
    expect(requestIds).toEqual(wire.calls.slice(before).map(({ requestId }) => requestId));
    expect(new Set(requestIds).size).toBe(3);
  });

  test('is logged with its caller, input, resource and outcome', async () => {
    await wire.ssm().putParameter({ Name: '/logged', Value: 'one', Type: 'String' });
    expect(wire.calls.at(-1)).toMatchObject({
      service: 'ssm',
      operation: 'PutParameter',
      region: REGION,
      input: { Name: '/logged', Value: 'one' },
      caller: { accessKeyId: 'administrator' },
      userAgent: expect.stringContaining('aws-sdk-js/') as string,
      startedAt: wire.clock.now(),
      resourceArn: expect.stringMatching(/:parameter\/logged$/) as string,
      output: { Version: 1 },
    });
    await refusal(wire.ssm().getParameter({ Name: '/missing' }));
    expect(wire.calls.at(-1)).toMatchObject({ operation: 'GetParameter', errorCode: 'ParameterNotFound' });
    expect(wire.calls.at(-1)?.output).toBeUndefined();
  });

  test('of an unsupported service is refused by name', async () => {
    const answer = await wire.request('sns', 'SNS.Publish', {});
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('The local AWS has no service sns.');
  });
});

describe('the date of a response', () => {
  const SIGNED = '20300101T000000Z';
  const dateOf = async (): Promise<string | null> => {
    const answer = await wire.request('ssm', 'AmazonSSM.GetParameter', { Name: '/p' }, undefined, SIGNED);
    return answer.headers.get('date');
  };

  test("is the caller's own, however fast its clock runs", async () => {
    expect(await dateOf()).toBe('Tue, 01 Jan 2030 00:00:00 GMT');
  });

  test('can be ahead', async () => {
    wire.server.dateSkew = 600_000;
    expect(await dateOf()).toBe('Tue, 01 Jan 2030 00:10:00 GMT');
    wire.server.dateSkew = 0;
  });
});
