import { readOptions } from '../../../../tools/acceptance/options';

test('the Region may come from the environment, and the rest has defaults', () => {
  expect(readOptions([], { AWS_REGION: 'eu-west-1' })).toMatchObject({
    mode: 'run',
    local: false,
    region: 'eu-west-1',
    only: [],
    resume: false,
    rounds: 100,
    report: 'acceptance-report',
  });
});

test.each([
  ['no Region', [], 'Which Region?'],
  ['a profile for the local AWS', ['--local', '--profile', 'me'], 'Either --local or --profile'],
  ['an account that is not a number', ['--local', '--account', '12'], 'a number of twelve digits'],
  ['no rounds', ['--local', '--rounds', '0'], 'a whole number from 1 up'],
  ['an unknown way to break things', ['--local', '--broken', 'all'], '--broken is one of lag, race'],
  ['AWS broken on purpose', ['--region', 'eu-west-1', '--broken', 'lag'], 'goes with --local'],
  ['an unknown option', ['--locale'], '--locale'],
])('refuses %s', (_, args, words) => {
  expect(() => readOptions(args, {})).toThrow(words);
});
