import { render } from '../../../lib/sentence';

const MORE =
  'https://github.com/cdk-on-demand-key-rotation/cdk-on-demand-key-rotation/blob/main/docs/errors.md#keydisabled';

test('code and verdict come first, the command has its own line, and the link comes last', () => {
  const sentence = render({
    code: 'KeyDisabled',
    verdict: 'NOT ROTATED',
    what: 'Key K is disabled.',
    run: 'aws kms enable-key --key-id K',
    then: 'Then deploy the same rotation token again.',
  });
  expect(sentence.split('\n')).toEqual([
    '[KeyDisabled] NOT ROTATED. Key K is disabled.',
    'Run:',
    'aws kms enable-key --key-id K',
    'Then deploy the same rotation token again.',
    `More: ${MORE}`,
  ]);
});

test('a sentence without a command is one line', () => {
  expect(render({ code: 'KeyDisabled', verdict: 'UNKNOWN', what: 'What.', then: 'Wait.' })).toBe(
    `[KeyDisabled] UNKNOWN. What. Wait. More: ${MORE}`,
  );
});
