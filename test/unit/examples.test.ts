/** The examples of each language are the README's, and need the version of the package that is in the checkout. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(__dirname, '..', '..');
const text = (...path: string[]): string => readFileSync(join(PROJECT, ...path), 'utf8');
const { version, peerDependencies } = JSON.parse(text('package.json')) as {
  version: string;
  peerDependencies: Record<string, string>;
};
const oldestCdk = peerDependencies['aws-cdk-lib']?.replace('^', '') ?? '';

test.each([
  ['ts', 'typescript/quick-start.ts'],
  ['python', 'python/quick_start.py'],
  ['java', 'java/src/main/java/com/example/QuickStart.java'],
  ['csharp', 'csharp/QuickStart/Program.cs'],
  ['go', 'go/quick-start/main.go'],
])('the quick start in %s is examples/%s', (fence, file) => {
  const [, block] = new RegExp(`^\`\`\`${fence}\\n([^]*?)^\`\`\`$`, 'm').exec(text('README.md')) ?? [];
  expect(block).toBe(text('examples', file));
});

test.each([
  ['typescript/package.json', `"cdk-on-demand-key-rotation": "^${version}"`, `"aws-cdk-lib": "^${oldestCdk}"`],
  ['python/requirements.txt', `cdk-on-demand-key-rotation>=${version}`, `aws-cdk-lib>=${oldestCdk},<3`],
  ['java/pom.xml', `<version>${version}</version>`, `[${oldestCdk},3.0.0)`],
  ['csharp/App/App.csproj', `"CdkOnDemandKeyRotation" Version="${version}"`, `Version="[${oldestCdk},3.0.0)"`],
  [
    'csharp/QuickStart/QuickStart.csproj',
    `"CdkOnDemandKeyRotation" Version="${version}"`,
    `Version="[${oldestCdk},3.0.0)"`,
  ],
  ['go/go.mod', `cdkondemandkeyrotation v${version}`, `awscdk/v2 v${oldestCdk}`],
])('examples/%s needs this version, and the oldest CDK', (file, ...requirements) => {
  for (const requirement of requirements) expect(text('examples', file)).toContain(requirement);
});
