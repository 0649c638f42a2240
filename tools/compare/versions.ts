import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, CustomResource, Duration, Stack, aws_kms as kms, aws_lambda as lambda } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { type Approach, awsCustomResource } from '../approaches';
import type { Place } from './cloudformation-client';

/** What one deployment declares. */
export interface Version {
  readonly token: string;
  /** The construct's ID. */
  readonly id?: string;
  /** How long CloudFormation waits for a response, in seconds. Nothing else depends on it. */
  readonly serviceTimeout?: number;
  /** Adds a resource that fails this many seconds after the rotation, or immediately if 0. */
  readonly failsAfter?: number;
}

/** A version as a contender writes it, for one key. */
export interface Variant {
  /** The artifact in the assembly. */
  readonly name: string;
  readonly contender: Approach;
  readonly keyArn: string;
  readonly version: Version;
}

/** Synthesizes all variants in one app, and returns the assembly's directory. */
export function synthesize(variants: readonly Variant[], place: Place, directory: string): string {
  const app = new App({
    outdir: mkdtempSync(join(directory, 'assembly-')),
    analyticsReporting: false,
    treeMetadata: false,
  });
  for (const variant of variants) declare(new Stack(app, variant.name, { env: place }), variant);
  return app.synth().directory;
}

function declare(stack: Stack, { contender, keyArn, version }: Variant): void {
  contender.rotate(stack, version.id ?? 'Rotation', kms.Key.fromKeyArn(stack, 'Key', keyArn), version.token);
  const resources = stack.node.findAll().filter((construct) => construct instanceof CfnResource);
  if (contender === awsCustomResource) {
    for (const each of resources.filter(({ cfnResourceType }) => cfnResourceType === 'AWS::Lambda::Function')) {
      // On a fast clock, its two minutes may be over before a busy machine has started the process.
      each.addPropertyOverride('Timeout', 900);
    }
  }
  const rotations = resources.filter(({ cfnResourceType }) => cfnResourceType.startsWith('Custom::'));
  for (const rotation of rotations) {
    if (version.serviceTimeout !== undefined)
      rotation.addPropertyOverride('ServiceTimeout', String(version.serviceTimeout));
    if (version.failsAfter !== undefined) failing(stack, version.failsAfter, keyArn).node.addDependency(rotation);
  }
}

const FAILS = `exports.handler = async ({ RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties }) => {
  const fails = RequestType === 'Create';
  if (fails) await new Promise((resolve) => setTimeout(resolve, ResourceProperties.After * 1000));
  const answer = { Status: fails ? 'FAILED' : 'SUCCESS', Reason: 'As told', PhysicalResourceId: LogicalResourceId, StackId, RequestId, LogicalResourceId };
  await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(answer), headers: { 'content-type': '' } });
};`;

/** Stands for any other resource that fails. */
function failing(stack: Stack, seconds: number, keyArn: string): Construct {
  // KMS reserves names under alias/aws: https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
  if (seconds === 0)
    return new kms.CfnAlias(stack, 'Failing', { aliasName: 'alias/aws/reserved', targetKeyId: keyArn });
  const maker = new lambda.Function(stack, 'FailingFunction', {
    runtime: lambda.determineLatestNodeRuntime(stack),
    handler: 'index.handler',
    code: lambda.Code.fromInline(FAILS),
    timeout: Duration.minutes(15),
  });
  return new CustomResource(stack, 'Failing', {
    serviceToken: maker.functionArn,
    resourceType: 'Custom::Failing',
    properties: { After: seconds },
  });
}
