import { kms, ssm } from '../../../lambda/commands';
import { KEY_ARN, KEY_ID } from './situations';

test('a command for a key names its Region and its ID', () => {
  expect(kms('enable-key', KEY_ARN)).toBe(`aws kms enable-key --region eu-central-1 --key-id ${KEY_ID}`);
  expect(kms('describe-key', 'arn:aws:kms:eu-west-1:123456789012:alias/mine', '--query Arn')).toBe(
    'aws kms describe-key --region eu-west-1 --key-id alias/mine --query Arn',
  );
});

test.each([
  ['/on-demand-key-rotation/k/1', '/on-demand-key-rotation/k/1'],
  ['/k/1:1', '/k/1:1'],
  ['/k/$(reboot)', "'/k/$(reboot)'"],
  ["/k/'; reboot", "'/k/'\\''; reboot'"],
])('the name %s is quoted as %s', (name, pasted) => {
  expect(ssm('delete-parameter', 'eu-west-1', name)).toBe(
    `aws ssm delete-parameter --region eu-west-1 --name ${pasted}`,
  );
});
