/** The example app that `cdk.json` runs, as the build has compiled it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

const EXAMPLE = path.join(__dirname, '..', '..', '..', 'bin', 'example.js');

interface Assembly {
  readonly outputs: readonly string[];
  /** What the CDK CLI prints of the stack: informations, warnings and errors. */
  readonly messages: readonly string[];
  readonly printed: string;
}

function synthesize(context: Record<string, string>): Assembly {
  const outdir = mkdtempSync(path.join(tmpdir(), 'example-'));
  try {
    const { stdout, stderr, status } = spawnSync(process.execPath, [EXAMPLE], {
      encoding: 'utf8',
      // The templates are validated here, for all tests.
      env: { ...process.env, CDK_VALIDATION: 'true', CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
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
  expect(synthesize({ rotationToken: 'first' })).toEqual({
    outputs: ['KeyArn', 'Outcome', 'RotationDate', 'TokenUsedAt', 'TokenUsedBy', 'KeyMaterialId', 'RemainingRotations'],
    messages: [],
    printed: '',
  });
});

test('without a token it asks for one', () => {
  expect(synthesize({}).messages).toEqual(['aws:cdk:error']);
});
