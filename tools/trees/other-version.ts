import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Runs this program again with another version of aws-cdk-lib, which it installs. @returns the exit code. */
export function runWith(version: string, program: string, folder: string, options: readonly string[]): number {
  const home = join(folder, `aws-cdk-lib-${version}`);
  if (!existsSync(join(home, 'node_modules', 'aws-cdk-lib'))) {
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true }));
    const packages = [`aws-cdk-lib@${version}`, 'constructs@^10.0.0'];
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: home, stdio: 'inherit' });
  }
  const copy = join(home, 'trees.js');
  copyFileSync(program, copy);
  return spawnSync(process.execPath, [copy, ...options], { stdio: 'inherit' }).status ?? 1;
}
