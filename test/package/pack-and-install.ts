/** Packs the package as `npm publish` does, and installs it into empty apps. */
import { mkdirSync, mkdtempSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT, install, run } from './command';
import removeWorkspace from './remove-workspace';
import { CDK_VERSIONS, type CdkVersion, app, openWorkspace, tarball, workspace } from './workspace';

export default async function packAndInstall(): Promise<void> {
  openWorkspace(realpathSync(mkdtempSync(join(tmpdir(), 'package-check-'))));
  try {
    const versions = Object.keys(CDK_VERSIONS) as CdkVersion[];
    await Promise.all([pack(), ...versions.map(installCdk)]);
    for (const version of versions) await install(app(version), [tarball()]);
  } catch (error) {
    // Jest does not tear down after a failed setup.
    removeWorkspace();
    throw error;
  }
}

/** Its `prepack` script builds first. */
async function pack(): Promise<void> {
  const printed = await run('npm', ['pack', '--pack-destination', workspace()], PROJECT);
  renameSync(join(workspace(), printed.trim().split('\n').at(-1) ?? ''), tarball());
}

async function installCdk(version: CdkVersion): Promise<void> {
  mkdirSync(app(version));
  writeFileSync(join(app(version), 'package.json'), JSON.stringify({ name: 'app', private: true }));
  await install(app(version), CDK_VERSIONS[version]);
}
