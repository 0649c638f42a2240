import { Stack } from 'aws-cdk-lib';
import { ValidationError } from '../../../lib/validation-error';

const sentence = { code: 'KeyArn', verdict: 'NOT ROTATED', what: 'No.' } as const;
const construct = new Stack(undefined, 'Payments');

afterEach(() => {
  delete process.env.JSII_AGENT;
});

test('in JavaScript the stack tells where the construct was declared', () => {
  expect(new ValidationError(construct, sentence).stack).toContain(__filename);
});

test('to another language it brings no stack of JavaScript', () => {
  process.env.JSII_AGENT = 'Python/3.11.7';
  expect(new ValidationError(construct, sentence).stack).toBe('ValidationError');
});
