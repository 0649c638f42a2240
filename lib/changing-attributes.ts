/**
 * Attributes of a rotation that change with each token must not be exported: CloudFormation cannot change an export that is imported, so
 * the deployment of the next token would rotate the key and fail, and so would every later one.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
 */
import { CfnElement, type CfnOutput, CfnResource, Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import type { RotationAttributes } from './protocol';
import { constructsOf } from './stages';
import { changingExport } from './synth-failures';
import { sentenceAbout } from './validation-error';

/** All but `KeyArn`, which changes with the key only. */
const CHANGING: readonly Exclude<keyof RotationAttributes, 'KeyArn'>[] = [
  'RotationDate',
  'KeyMaterialId',
  'RemainingRotations',
  'Outcome',
  'TokenUsedAt',
  'TokenUsedBy',
];

/** How the CDK exports to another Region. */
const EXPORT_WRITER = 'Custom::CrossRegionExportWriter';

/** The custom resources of each stack, by their rotations. */
const resourcesOf = new WeakMap<Stack, Map<Construct, CfnResource>>();

/** Makes synthesis fail if an attribute that changes is exported. The check runs when the CDK has turned references into exports. */
export function refuseChangingExports(rotation: Construct, resource: CfnResource): void {
  const stack = Stack.of(rotation);
  const existing = resourcesOf.get(stack);
  const resources = existing ?? new Map<Construct, CfnResource>();
  resources.set(rotation, resource);
  if (existing) return;
  resourcesOf.set(stack, resources);
  stack.node.addValidation({ validate: () => validate(stack, resources) });
}

function validate(stack: Stack, resources: ReadonlyMap<Construct, CfnResource>): string[] {
  const outputs = outputsOf(stack);
  return [...resources].flatMap(([rotation, resource]) =>
    CHANGING.flatMap((attribute) =>
      exportsOf(stack, outputs, getAtt(stack, resource, attribute)).map((output) =>
        sentenceAbout(rotation, changingExport(attribute, output.node.path)),
      ),
    ),
  );
}

/** An output of a stack, or a value that the CDK writes to another Region. */
interface Output {
  readonly construct: CfnElement;
  readonly isExport: boolean;
  /** The rendered value, as JSON. */
  readonly text: string;
}

function outputsOf(stack: Stack): Output[] {
  return [...constructsOf(stack)]
    .filter((construct) => Stack.of(construct) === stack)
    .flatMap((construct): Output[] => {
      if (isOutput(construct))
        return [{ construct, isExport: construct.exportName !== undefined, text: rendered(stack, construct.value) }];
      if (isExportWriter(construct))
        return [{ construct, isExport: true, text: rendered(stack, construct._toCloudFormation()) }];
      return [];
    });
}

/** The constructs that export a value, directly or through the parent of a nested stack. */
function exportsOf(stack: Stack, outputs: readonly Output[], value: string): CfnElement[] {
  const { nestedStackParent: parent, nestedStackResource: nested } = stack;
  return outputs
    .filter(({ text }) => text.includes(value))
    .flatMap(({ construct, isExport }) => {
      if (isExport) return [construct];
      if (!parent || !nested) return [];
      const attribute = `Outputs.${String(stack.resolve(construct.logicalId))}`;
      return exportsOf(parent, outputsOf(parent), getAtt(parent, nested, attribute));
    });
}

function getAtt(stack: Stack, resource: CfnResource, attribute: string): string {
  return JSON.stringify({ 'Fn::GetAtt': [stack.resolve(resource.logicalId), attribute] });
}

function rendered(stack: Stack, value: unknown): string {
  return JSON.stringify(stack.resolve(value) ?? '');
}

function isOutput(construct: IConstruct): construct is CfnOutput {
  return CfnElement.isCfnElement(construct) && 'exportName' in construct;
}

function isExportWriter(construct: IConstruct): construct is CfnResource & { _toCloudFormation(): unknown } {
  return CfnResource.isCfnResource(construct) && construct.cfnResourceType === EXPORT_WRITER;
}
