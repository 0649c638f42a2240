/** Compares what apps synthesize. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { synthesize, synthesizeByCli } from './cdk-cli';
import { EXAMPLES, type Example, type LanguageApp, SHOWN } from './language';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The templates of a cloud assembly, by file name. */
export type Templates = ReadonlyMap<string, Json>;

/** Synthesizes all examples, and returns their templates. */
export async function synthesizeAll(project: string, app: LanguageApp): Promise<ReadonlyMap<Example, Templates>> {
  const assembly = (example: Example): string => join(app.directory, `${example}.out`);
  await synthesizeByCli(project, app, assembly('app'));
  for (const example of SHOWN) await synthesize(app, example, assembly(example));
  return new Map(EXAMPLES.map((example) => [example, templatesOf(assembly(example))]));
}

function templatesOf(assembly: string): Templates {
  const files = readdirSync(assembly).filter((file) => file.endsWith('.template.json'));
  return new Map(files.sort().map((file) => [file, withoutAssetPaths(readFileSync(join(assembly, file), 'utf8'))]));
}

/** Removes the paths of assets, which only debuggers use. Hashes of the assets' content remain. */
function withoutAssetPaths(template: string): Json {
  return JSON.parse(template, (name, value: Json) => (name === 'aws:asset:path' ? undefined : value)) as Json;
}

/** Each difference as the path to it and both values. */
export function differences(example: string, expected?: Templates, actual?: Templates): string[] {
  return difference(example, Object.fromEntries(expected ?? []), Object.fromEntries(actual ?? []));
}

function difference(path: string, expected: Json | undefined, actual: Json | undefined): string[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  if (!isBranch(expected) || !isBranch(actual) || Array.isArray(expected) !== Array.isArray(actual))
    return [`${path}: ${JSON.stringify(actual)} rather than ${JSON.stringify(expected)}`];
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
  return [...names].flatMap((name) => difference(`${path}/${name}`, expected[name], actual[name]));
}

function isBranch(value: Json | undefined): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null;
}
