/** The examples in `docs/` compile, in an app that declares what they assume. Those of the README are self-contained. */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { PROJECT } from './command';
import { workspace } from './workspace';

const GIVEN = `
import {
  App, CfnOutput, Duration, type IPropertyInjector, NestedStack, PropertyInjectors, RemovalPolicy, Stack, type StackProps, Stage, type StageProps, Validations,
  aws_cloudwatch as cloudwatch, aws_cloudwatch_actions as cloudwatchActions, aws_ec2 as ec2, aws_events as events,
  aws_events_targets as targets, aws_iam as iam, aws_kms as kms,
  aws_lambda as lambda, aws_logs as logs, aws_sns as sns, aws_sqs as sqs, aws_ssm as ssm, custom_resources as customResources,
} from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { Construct } from 'constructs';
import {
  OnDemandKeyRotation, OnDemandKeyRotationFleet, OnDemandKeyRotationProvider, type OnDemandKeyRotationProviderProps,
} from 'cdk-on-demand-key-rotation';

declare const app: App;
declare const appStack: Stack;
declare const platformStack: Stack;
declare const appKey: kms.Key;
declare const archiveKey: kms.Key;
declare const fleet: OnDemandKeyRotationFleet;
declare const key: kms.Key;
declare const legacyStack: Stack;
declare const logKey: kms.Key;
declare const provider: OnDemandKeyRotationProvider;
declare const rotation: OnDemandKeyRotation;
declare const topic: sns.Topic;
declare const vpc: ec2.Vpc;
declare class KeyStack extends Stack {}
interface KeyStageProps extends StageProps { readonly rotationToken: string }

export class Example extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    {
`;

test('the examples of the documentation compile', () => {
  const directory = join(workspace(), 'examples');
  mkdirSync(directory);
  const files = readdirSync(join(PROJECT, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .flatMap((document) =>
      examples(document).map((code, n) => {
        const file = join(directory, `${document}-${n + 1}.ts`);
        writeFileSync(file, `${GIVEN}${code}}}}`);
        return file;
      }),
    );
  expect(files).not.toEqual([]);
  expect(mistakes(files)).toBe('');
});

function examples(document: string): string[] {
  return [...readFileSync(join(PROJECT, 'docs', document), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code ?? '',
  );
}

function mistakes(files: string[]): string {
  const program = ts.createProgram(files, {
    noEmit: true,
    strict: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    types: ['node'],
    typeRoots: [join(PROJECT, 'node_modules', '@types')],
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    paths: {
      'cdk-on-demand-key-rotation': [join(PROJECT, 'lib', 'index.ts')],
      '*': [join(PROJECT, 'node_modules', '*')],
    },
  });
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: workspace,
    getNewLine: () => '\n',
  });
}
