import type { Stacks } from './stacks';

const NAME = 'CDKToolkit';

/** https://github.com/aws/aws-cdk-cli/blob/main/packages/aws-cdk/lib/api/bootstrap/bootstrap-template.yaml */
const TEMPLATE = {
  Description: 'This stack includes resources needed to deploy AWS CDK apps into this environment',
  Parameters: { Qualifier: { Type: 'String', Default: 'hnb659fds' } },
  Resources: { CdkBootstrap: { Type: 'AWS::CloudFormation::WaitConditionHandle' } },
  Outputs: {
    BucketName: { Value: { 'Fn::Sub': 'cdk-${Qualifier}-assets-${AWS::AccountId}-${AWS::Region}' } },
    BucketDomainName: {
      Value: {
        'Fn::Sub': 'cdk-${Qualifier}-assets-${AWS::AccountId}-${AWS::Region}.s3.${AWS::Region}.${AWS::URLSuffix}',
      },
    },
    BootstrapVersion: { Value: '33' },
  },
};

/** Bootstraps a Region for the CDK. The stack exists only for its outputs; the local AWS itself provides the resources. */
export function bootstrap(stacks: Stacks, region: string): void {
  const stack = stacks.add(NAME, region);
  stack.beginOperation('CREATE_STACK');
  const processed = stacks.process(stack, { TemplateBody: JSON.stringify(TEMPLATE) });
  void stacks.begin(stack, (deployment) => deployment.create(processed));
}
