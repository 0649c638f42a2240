/** What `npm run languages:check` would notice. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Templates, differences } from '../../languages/assembly';
import { answersIn, wrongAnswers } from '../../languages/mistakes';
import { type Refusals, complaints, foreignWords } from '../../languages/refusals';
import { missing } from '../../languages/toolchain';

describe('templates', () => {
  const templates = (timeout: number): Templates => new Map([['App.template.json', { Resources: { F: { Timeout: timeout } } }]]);

  test('are equal', () => {
    expect(differences('app', templates(5), templates(5))).toEqual([]);
  });

  test('differ in a value, which is named with its path', () => {
    expect(differences('app', templates(5), templates(6))).toEqual([
      'app/App.template.json/Resources/F/Timeout: 6 rather than 5',
    ]);
  });

  test('are missing', () => {
    expect(differences('app', templates(5), new Map())).toEqual([
      'app/App.template.json: undefined rather than {"Resources":{"F":{"Timeout":5}}}',
    ]);
  });
});

describe('refusals', () => {
  const names = [
    'emptyToken', 'paddedToken', 'longToken', 'longTimeout', 'reserveOf26', 'aliasName', 'aliasArn', 'pythonRuntime',
    'noConcurrency', 'emptyFleetToken', 'noKey', 'noToken', 'noFleetToken', 'noExcludedKey',
  ];
  const message = (name: string): string => `[Code] NOT ROTATED. ${name}: key, rotationToken, exclude.`;
  const sentences: Refusals = Object.fromEntries(
    names.map((name) => [name, { type: 'ValidationError', message: message(name) }]),
  );

  test('are all as in JavaScript', () => {
    expect(complaints(sentences, sentences)).toEqual([]);
    expect(foreignWords(sentences)).toEqual([]);
  });

  test.each([
    ['was not tried', undefined],
    ['was not refused', null],
    ['rather than [Code] NOT ROTATED. emptyToken', { type: 'RuntimeError', message: 'No.' }],
    ['stack of JavaScript', { type: 'JsiiError', message: `${message('emptyToken')}\n    at refuse (lib.js:1:2)` }],
  ])('are complained about: %s', (complaint, refusal) => {
    const { emptyToken: _, ...others } = sentences;
    const refusals = refusal === undefined ? others : { ...others, emptyToken: refusal };
    expect(complaints(refusals, sentences)).toEqual([expect.stringContaining(complaint)]);
  });

  test('name the argument', () => {
    const refusals = { ...sentences, noKey: { type: 'TypeError', message: 'Cannot read properties of null' } };
    expect(complaints(refusals, sentences)).toEqual([expect.stringContaining('noKey does not name the argument')]);
    expect(foreignWords(refusals)).toEqual([expect.stringContaining('noKey is refused by other words than ours')]);
  });
});

describe('compilers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'languages-test-'));
  const file = join(directory, 'Mistakes.java');
  writeFileSync(file, 'class Mistakes {\n  int a = "a"; // error: incompatible types\n}\n');
  const answers = (printed: string) => answersIn(printed, /Mistakes\.java:(?<line>\d+): error: (?<message>.+)/g);

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  test('answer as they have to', () => {
    expect(wrongAnswers(file, answers('Mistakes.java:2: error: incompatible types: String'))).toEqual([]);
  });

  test.each([
    ['nothing', '', 1],
    ['something else', 'Mistakes.java:2: error: cannot find symbol', 1],
    ['to another line', 'Mistakes.java:3: error: incompatible types', 2],
  ])('answer %s', (_, printed, complaintsExpected) => {
    expect(wrongAnswers(file, answers(printed))).toHaveLength(complaintsExpected);
  });
});

test('what a machine lacks is named', () => {
  expect(missing(['node', 'no-such-compiler'])).toEqual(['no-such-compiler']);
});
