/** Checks docs/security.md, "Compliance checks": the tables list what the rule packs find, and the acknowledgements settle that. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack, Validations, aws_ec2 as ec2, aws_kms as kms, aws_sqs as sqs } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { OnDemandKeyRotation, OnDemandKeyRotationProvider, type OnDemandKeyRotationProviderProps } from '../../../lib';

const PACKS = [AwsSolutionsChecks, NIST80053R5Checks, HIPAASecurityChecks, PCIDSS321Checks];
const DOCUMENT = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'security.md'), 'utf8');

/** The findings in the table below a heading, and the IDs that are acknowledged there. */
function documented(heading: string): { findings: string[]; acknowledgements: string[] } {
  const [, section = ''] = DOCUMENT.split(`\n### ${heading}\n`);
  const [text = ''] = section.split('\n### ');
  return {
    findings: [...text.matchAll(/^\| `([^`]+)` \| `(\w+)` \|/gm)]
      .map(([, rule, construct]) => `${rule} on ${construct}`)
      .sort(),
    acknowledgements: [...text.matchAll(/\bid: '([^']+)'/g)].map(([, id = '']) => id),
  };
}

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** Runs all packs over a stack with a key and its rotation. */
function findings(
  own: ((app: App, stack: Stack) => OnDemandKeyRotationProviderProps) | undefined,
  acknowledgements: readonly string[],
): string[] {
  const outdir = mkdtempSync(join(tmpdir(), 'compliance-'));
  try {
    const app = new App({ outdir });
    const stack = new Stack(app, 'Stack');
    const key = new kms.Key(stack, 'Key', { enableKeyRotation: true });
    const provider = own && new OnDemandKeyRotationProvider(stack, 'Provider', own(app, stack));
    new OnDemandKeyRotation(stack, 'Rotation', { key, rotationToken: 'incident-4711', rotateOnCreate: true, provider });
    Validations.of(app).addPlugins(...PACKS.map((Pack) => new Pack(app)));
    Validations.of(provider ?? OnDemandKeyRotationProvider.getOrCreate(stack)).acknowledge(
      ...acknowledgements.map((id) => ({ id, reason: 'Documented' })),
    );
    synthesize(app);
    const report = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')) as Report;
    const packs = report.pluginReports.filter(({ pluginName }) => pluginName !== 'CloudFormation Validate');
    return packs
      .flatMap(({ violations }) =>
        violations.flatMap(({ ruleName, violatingConstructs }) =>
          violatingConstructs
            .map(({ constructPath }) => constructPath.split('/'))
            .filter(([of]) => of === 'Stack')
            .map(([, , construct]) => `${ruleName} on ${construct}`),
        ),
      )
      .sort();
  } finally {
    rmSync(outdir, { recursive: true });
  }
}

/** Findings fail the synthesis, after the report has been written. */
function synthesize(app: App): void {
  try {
    app.synth();
  } catch (error) {
    if (!(error instanceof Error && error.name === 'ValidationFailed')) throw error;
  }
}

function hardened(app: App, stack: Stack): OnDemandKeyRotationProviderProps {
  return {
    // In another stack, whose findings do not count.
    vpc: new ec2.Vpc(new Stack(app, 'Network'), 'Vpc'),
    deadLetterQueue: new sqs.Queue(stack, 'LostRequests', { enforceSSL: true }),
    reservedConcurrentExecutions: 5,
    logEncryptionKey: new kms.Key(stack, 'LogKey', { enableKeyRotation: true }),
  };
}

describe.each([
  ['With the default provider', undefined, 11],
  ['With a VPC, a dead-letter queue, reserved concurrency and an encrypted log group', hardened, 2],
])('%s', (heading, own, count) => {
  const { findings: listed, acknowledgements } = documented(heading);

  test('cdk-nag finds what is listed, and nothing else', () => {
    expect(listed).toHaveLength(count);
    expect(findings(own, [])).toEqual(listed);
  });

  test('the acknowledgements settle all of it', () => {
    expect(findings(own, acknowledgements)).toEqual([]);
  });
});
