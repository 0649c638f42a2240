import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { member } from '../../lambda/member';
import { noAssembly, otherAssembly } from '../problem';

/** The parts of a template that a plan reads. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type?: string; readonly Default?: unknown } | undefined>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, unknown>>;
  readonly Resources?: Readonly<Record<string, Resource | undefined>>;
  readonly Outputs?: Readonly<
    Record<string, { readonly Value?: unknown; readonly Export?: { readonly Name?: unknown } } | undefined>
  >;
}

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

/** A synthesized stack. */
export interface StackArtifact {
  /** Its name for `cdk deploy`. */
  readonly id: string;
  readonly stackName: string;
  /** `undefined` in an environment-agnostic stack. */
  readonly account: string | undefined;
  readonly region: string | undefined;
  readonly template: Template;
  /** Of nested templates and asset manifests. */
  readonly directory: string;
}

/**
 * The stacks of a cloud assembly and of its nested assemblies (stages). The CDK raises the format's version every few weeks, but the
 * fields that are read here have had the same names since version 1.
 *
 * @throws Problem if there is no cloud assembly, or one of an older version.
 */
export function readAssembly(directory: string): StackArtifact[] {
  const manifest = readManifest(directory);
  const artifacts = member(manifest, 'artifacts');
  const version = member(manifest, 'version');
  const major = typeof version === 'string' ? Number(version.split('.')[0]) : 0;
  if (!(major >= 1)) throw otherAssembly(directory, String(version));
  return Object.entries((artifacts ?? {}) as Readonly<Record<string, unknown>>).flatMap(([id, artifact]) =>
    readArtifact(directory, id, artifact, String(version)),
  );
}

export function readTemplate(directory: string, file: string): Template {
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as Template;
}

/** The file of an asset, according to the asset manifests. */
export function assetFile(directory: string, hash: string): string | undefined {
  for (const manifest of readdirSync(directory).filter((file) => file.endsWith('.assets.json'))) {
    const { files } = JSON.parse(readFileSync(join(directory, manifest), 'utf8')) as { readonly files?: unknown };
    const path = member(member(member(files, hash), 'source'), 'path');
    if (typeof path === 'string') return path;
  }
  return undefined;
}

function readManifest(directory: string): unknown {
  try {
    return JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
  } catch (error) {
    throw noAssembly(directory, error instanceof Error ? error.message : String(error));
  }
}

function readArtifact(directory: string, id: string, artifact: unknown, version: string): StackArtifact[] {
  const properties = member(artifact, 'properties');
  switch (member(artifact, 'type')) {
    case 'cdk:cloud-assembly': {
      const nested = member(properties, 'directoryName');
      if (typeof nested !== 'string') throw otherAssembly(directory, version);
      return readAssembly(join(directory, nested));
    }
    case 'aws:cloudformation:stack': {
      const file = member(properties, 'templateFile');
      const environment = /^aws:\/\/([^/]+)\/(.+)$/.exec(String(member(artifact, 'environment')));
      if (typeof file !== 'string' || !environment) throw otherAssembly(directory, version);
      const [, account, region] = environment;
      const stackName = member(properties, 'stackName');
      const displayName = member(artifact, 'displayName');
      return [
        {
          id: typeof displayName === 'string' ? displayName : id,
          stackName: typeof stackName === 'string' ? stackName : id,
          account: account === 'unknown-account' ? undefined : account,
          region: region === 'unknown-region' ? undefined : region,
          template: readTemplate(directory, file),
          directory,
        },
      ];
    }
    default:
      return [];
  }
}
