/** The example app that `cdk.json` runs. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { appFolder, compilePackage } from '../../compiled-package';

const compiled = appFolder('example');

beforeAll(() => {
  compilePackage(compiled);
});

afterAll(() => {
  rmSync(compiled, { recursive: true });
});

interface Assembly {
  readonly outputs: readonly string[];
  /** What the CDK CLI prints of the stack: informations, warnings and errors. */
  readonly messages: readonly string[];
  readonly printed: string;
}

function synthesize(context: Record<string, string>, variables: NodeJS.ProcessEnv = {}): Assembly {
  const outdir = mkdtempSync(path.join(tmpdir(), 'example-'));
  try {
    const { stdout, stderr, status } = spawnSync(process.execPath, [path.join(compiled, 'bin', 'example.js')], {
      encoding: 'utf8',
      env: { ...process.env, ...variables, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
    expect(status).toBe(0);
    const read = (file: string): unknown => JSON.parse(readFileSync(path.join(outdir, file), 'utf8'));
    const { Outputs = {} } = read('OnDemandKeyRotationExample.template.json') as { Outputs?: object };
    const { artifacts } = read('manifest.json') as {
      artifacts: Record<string, { additionalMetadataFile?: string; metadata?: Record<string, { type: string }[]> }>;
    };
    const { metadata, additionalMetadataFile } = artifacts.OnDemandKeyRotationExample ?? {};
    const all = additionalMetadataFile === undefined ? metadata : (read(additionalMetadataFile) as typeof metadata);
    const messages = Object.values(all ?? {}).flatMap((entries) => entries.map(({ type }) => type));
    return {
      outputs: Object.keys(Outputs),
      messages: messages.filter((type) => /^aws:cdk:(info|warning|error)$/.test(type)),
      printed: stdout + stderr,
    };
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

test('it is synthesized without a word, and tells what its deployment did', () => {
  // The one test in which the CDK validates its template: see test/environment.ts.
  expect(synthesize({ rotationToken: 'first' }, { CDK_VALIDATION: 'true' })).toEqual({
    outputs: ['KeyArn', 'Outcome', 'RotationDate', 'TokenUsedAt', 'TokenUsedBy', 'KeyMaterialId', 'RemainingRotations'],
    messages: [],
    printed: '',
  });
});

test('without a token it asks for one', () => {
  expect(synthesize({}).messages).toEqual(['aws:cdk:error']);
});
