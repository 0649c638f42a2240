import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { translated } from '../../../../tools/packages/translations';

const EXAMPLES = join(__dirname, '..', '..', '..', '..', 'examples');
const text = (file: string): string => readFileSync(join(EXAMPLES, file), 'utf8').trim();

const tablet = (typescript: string, ...languages: string[]) => ({
  snippets: {
    key: {
      translations: Object.fromEntries([
        ['$', { source: typescript }],
        ...languages.map((language) => [language, { source: 'by jsii-rosetta' }] as const),
      ]),
    },
  },
});

test('an example in TypeScript is translated to the example of each language', () => {
  const { snippets } = translated(tablet(text('typescript/fleet.ts'), 'python', 'java', 'csharp', 'go'), EXAMPLES);
  expect(snippets.key?.translations).toEqual({
    $: { source: text('typescript/fleet.ts') },
    python: { source: text('python/fleet.py') },
    java: { source: text('java/src/main/java/com/example/Fleet.java') },
    csharp: { source: text('csharp/Fleet/Program.cs') },
    go: { source: text('go/fleet/main.go') },
  });
});

test('code that is not an example is refused, and so is a missing language', () => {
  expect(() => translated(tablet('new Key();', 'go'), EXAMPLES)).toThrow('is none of examples/typescript:\nnew Key();');
  expect(() => translated(tablet(text('typescript/fleet.ts'), 'python'), EXAMPLES)).toThrow('no translation to java');
});
