import { failed, render, success } from '../../../lambda/custom-resource-response';

const event = { StackId: 'stack', RequestId: 'request', LogicalResourceId: 'Rotation', PhysicalResourceId: 'physical' };

test('echoes the identifiers of the request', () => {
  expect(success(event)).toEqual({ Status: 'SUCCESS', ...event });
  expect(failed(event, 'why')).toEqual({ Status: 'FAILED', Reason: 'why', ...event });
});

test('uses the logical ID of a resource that has no physical ID yet', () => {
  expect(failed({ ...event, PhysicalResourceId: undefined }, 'why').PhysicalResourceId).toBe('Rotation');
});

test.each([
  ['plain text', 'x'],
  ['text that JSON escapes', '"'],
  ['control characters', '\u0001'],
  ['characters beyond the basic plane', '🔑'],
])('cuts the reason so that the response fits into 4096 bytes: %s', (_, character) => {
  const body = render(failed(event, character.repeat(10_000)));
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(4096);
  const { Reason = '' } = JSON.parse(body) as { Reason?: string };
  expect(Reason.endsWith('…')).toBe(true);
  expect(Reason.slice(0, -1)).toBe(character.repeat((Reason.length - 1) / character.length));
  expect(Reason.length).toBeGreaterThan(100);
});
