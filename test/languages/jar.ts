import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../tools/packages/command';
import { manifest } from '../../tools/packages/languages';

/** What Maven Central requires. https://central.sonatype.org/publish/requirements/ */
const REQUIRED = ['name', 'description', 'url', 'license', 'developer', 'scm', 'groupId', 'artifactId', 'version'];

/** Checks jsii-pacmak's output, a Maven repository, for what Maven Central and users of the jar need. */
export async function checkJar(project: string, repository: string): Promise<void> {
  const { name, version } = manifest(project);
  const files = readdirSync(repository, { recursive: true, encoding: 'utf8' });
  const path = (ending: string): string => {
    const found = files.find((file) => file.endsWith(`${name}-${version}${ending}`));
    if (found === undefined) throw new Error(`There is no ${name}-${version}${ending} among ${files.join(', ')}`);
    return join(repository, found);
  };

  const pom = readFileSync(path('.pom'), 'utf8');
  const lacking = REQUIRED.filter((element) => !new RegExp(`<${element}>\\s*\\S`).test(pom));
  if (lacking.length > 0) throw new Error(`The POM lacks ${lacking.join(', ')}`);
  // The supported range, not the newest version of the day.
  if (!pom.includes('<version>[2.200.0,3.0.0)</version>')) throw new Error(`The POM pins aws-cdk-lib:\n${pom}`);

  for (const ending of ['-sources.jar', '-javadoc.jar']) path(ending);
  const contents = await run('jar', ['--list', '--file', path('.jar')], repository);
  const bundled = `${name}@${version}.jsii.tgz`;
  if (!contents.includes(bundled)) throw new Error(`The jar lacks ${bundled}`);
}
