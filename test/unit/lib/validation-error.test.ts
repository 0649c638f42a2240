import { Stack } from 'aws-cdk-lib';
import { ValidationError } from '../../../lib/validation-error';

const sentence = { code: 'KeyArn', verdict: 'NOT ROTATED', what: 'No.' } as const;
const construct = new Stack(undefined, 'Payments');

afterEach(() => {
  delete process.env.JSII_AGENT;
});

test('in JavaScript, the stack shows where the construct was declared', () => {
  expect(new ValidationError(construct, sentence).stack).toContain(__filename);
});

test('other languages get no JavaScript stack', () => {
  process.env.JSII_AGENT = 'Python/3.11.7';
  expect(new ValidationError(construct, sentence).stack).toBe('ValidationError');
});
