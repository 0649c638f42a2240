/** The folder of the packed package and of the apps that install it, while the checks run. */
import { join } from 'node:path';

const VARIABLE = 'PACKAGE_CHECK_WORKSPACE';

export const NAME = 'cdk-on-demand-key-rotation';

/** The oldest and the newest CDK that the package supports. */
export const CDK_VERSIONS = {
  floor: ['aws-cdk-lib@2.200.0', 'constructs@10.0.0'],
  newest: ['aws-cdk-lib@2', 'constructs@10'],
} as const;

export type CdkVersion = keyof typeof CDK_VERSIONS;

export function openWorkspace(directory: string): void {
  process.env[VARIABLE] = directory;
}

export function workspace(): string {
  const directory = process.env[VARIABLE];
  if (directory === undefined) throw new Error(`${VARIABLE} is not set: run npm run package:check`);
  return directory;
}

export const tarball = (): string => join(workspace(), 'package.tgz');

/** An app with only the package and its peers. */
export const app = (version: CdkVersion): string => join(workspace(), version);

/** The package as installed in that app. */
export const installed = (version: CdkVersion): string => join(app(version), 'node_modules', NAME);
