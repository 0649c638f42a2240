/** Every page must satisfy these: README, CONTRIBUTING and the like, and docs/. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const PROJECT = join(__dirname, '..', '..');
const pages = ['.', 'docs']
  .flatMap((folder) => readdirSync(join(PROJECT, folder)).map((file) => join(folder, file)))
  .filter((file) => file.endsWith('.md') && file !== 'API.md');

const text = (page: string): string => readFileSync(join(PROJECT, page), 'utf8');

test.each(pages)('every link of %s leads somewhere', (page) => {
  const links = [...text(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  const broken = links.filter(([, file = '', anchor]) => {
    const target = file === '' ? page : normalize(join(dirname(page), file));
    if (!existsSync(join(PROJECT, target))) return true;
    return anchor !== undefined && !anchors(target).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
});

test.each(pages)('every file that %s names exists', (page) => {
  const named = [...text(page).matchAll(/`((?:bin|cli|lambda|lib|local|test|tools)\/[\w./-]+\.(?:ts|json))`/g)];
  expect(named.map(([, file = '']) => file).filter((file) => !existsSync(join(PROJECT, file)))).toEqual([]);
});

test.each(pages)('code in %s fits the width of a page on GitHub', (page) => {
  const lines = [...text(page).matchAll(/^```(?!go)\w*\n([^]*?)^```$/gm)].flatMap(([, code = '']) => code.split('\n'));
  // A long word, such as an ARN, cannot be broken.
  expect(lines.filter((line) => line.length > 100 && !/\S{80}/.test(line))).toEqual([]);
});

test.each(pages.filter((page) => page.startsWith('docs/')))('%s names its reader in its first line', (page) => {
  expect(text(page)).toMatch(/^# .+\n\n\*For whoever .+\*\n/);
});

test('every page that a source refers to exists', () => {
  const sources = ['bin', 'cli', 'lambda', 'lib', 'local', 'test', 'tools']
    .flatMap((folder) =>
      readdirSync(join(PROJECT, folder), { recursive: true }).map((file) => join(folder, String(file))),
    )
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.includes('node_modules'));
  const broken = sources.flatMap((source) =>
    [...text(source).matchAll(/\b(docs\/[\w-]+\.md)(?:#([\w-]+))?/g)]
      .filter(
        ([, page = '', anchor]) =>
          !existsSync(join(PROJECT, page)) || (anchor !== undefined && !anchors(page).includes(anchor)),
      )
      .map(([reference]) => `${source}: ${reference}`),
  );
  expect(broken).toEqual([]);
});

/** The anchors that GitHub derives from headings: lower case, no punctuation, a hyphen for each space. */
function anchors(page: string): string[] {
  const prose = text(page).replace(/^```[^]*?^```$/gm, '');
  return [...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
