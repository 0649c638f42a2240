/**
 * Puts the examples of each language into the package, as translations of the TypeScript in README and doc comments. Construct Hub and the
 * generated packages show them.
 *
 * jsii-rosetta's own translations to Go do not compile, whereas `npm run languages:check` compiles and runs `examples/` and compares them
 * with TypeScript.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The file of translations that jsii-rosetta writes and other tools read. */
export const TABLET = '.jsii.tabl.json.gz';

interface Snippet {
  readonly translations: Record<string, { source: string }>;
}

export interface Tablet {
  readonly snippets: Readonly<Record<string, Snippet>>;
}

/** Jsii-rosetta's name for TypeScript, the original. */
const ORIGINAL = '$';

/** The files of an example, by the language's name in jsii. */
const FILES: Readonly<Record<string, (name: string) => string>> = {
  python: (name) => `python/${name.replaceAll('-', '_')}.py`,
  java: (name) => `java/src/main/java/com/example/${pascalCase(name)}.java`,
  csharp: (name) => `csharp/${pascalCase(name)}/Program.cs`,
  go: (name) => `go/${name}/main.go`,
};

/** The examples that are shown, by the names of their TypeScript files. */
const SHOWN = ['quick-start', 'provider', 'fleet'];

/** Returns the tablet with each translation replaced by the example of that language. */
export function translated(tablet: Tablet, examples: string): Tablet {
  const text = (file: string): string => readFileSync(join(examples, file), 'utf8').trim();
  const names = new Map(SHOWN.map((name) => [text(`typescript/${name}.ts`), name]));
  for (const { translations } of Object.values(tablet.snippets)) {
    const original = translations[ORIGINAL]?.source.trim() ?? '';
    const name = names.get(original);
    if (name === undefined)
      throw new Error(`This is shown in README.md or a doc comment, and is none of examples/typescript:\n${original}`);
    for (const [language, file] of Object.entries(FILES)) {
      const translation = translations[language];
      if (translation === undefined) throw new Error(`${TABLET} has no translation to ${language} of ${name}`);
      translation.source = text(file(name));
    }
  }
  return tablet;
}

export function pascalCase(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
