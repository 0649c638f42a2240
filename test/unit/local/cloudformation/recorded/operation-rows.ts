import {
  ABSENT,
  changeSet,
  created,
  deleted,
  docs,
  executed,
  exporting,
  importing,
  invalid,
  issue,
  localstack,
  parameter,
  type RecordedCall,
  REFUSED,
  refused,
  type Row,
  stackd,
  template,
  updated,
} from './row';

const TOKEN = 'create-<stack>';
const EXPRESS = { DeploymentConfig: { Mode: 'EXPRESS' } };
const WITHOUT_ROLLBACK = { DisableRollback: true };
const FAILING = template({ Parameter: parameter(), Refused: REFUSED });
const NON_TERMINAL =
  'This stack is currently in a non-terminal [UPDATE_FAILED] state. To update the stack from this state, please use the disable-rollback parameter with update-stack API. To rollback to the last known good state, use the rollback-stack API';
const EXPRESS_FAILED =
  'This stack is in a UPDATE_FAILED state from a previous operation that used EXPRESS deployment mode with disable-rollback. Follow-up operations must use the same DeploymentConfig (mode=EXPRESS) until the stack reaches a *_COMPLETE state.';

const status = (StackStatus: string, StackStatusReason?: string): object => ({
  Stacks: [{ StackStatus, ...(StackStatusReason !== undefined && { StackStatusReason }) }],
});

/** DescribeStacks after earlier calls. */
function after(when: string, calls: readonly RecordedCall[], answer: object, source: string): Row {
  return { operation: 'DescribeStacks', when, after: calls, input: { StackName: '<stack>' }, answer, source };
}

const SECRET = template(
  { Sensitive: parameter({ Description: { Ref: 'Secret' } }), Literal: parameter({ Description: 'hidden' }) },
  {
    Parameters: { Secret: { Type: 'String', NoEcho: true, Default: 'hidden' } },
    Outputs: { Value: { Value: { Ref: 'Secret' } } },
  },
);

const events = (...expected: object[]): object => ({
  StackEvents: expect.arrayContaining(expected.map((each) => expect.objectContaining(each) as unknown)) as unknown,
});

/** Operations on stacks and their effects. */
export const operationRows: readonly Row[] = [
  {
    operation: 'CreateStack',
    when: 'again, with the same client request token',
    after: [created(template(), { ClientRequestToken: TOKEN })],
    input: { StackName: '<stack>', TemplateBody: template(), ClientRequestToken: TOKEN },
    answer: { StackId: '<StackId>', OperationId: ABSENT },
    source: stackd('lifecycle'),
  },
  {
    operation: 'CreateStack',
    when: 'with the client request token of another request',
    after: [created(template(), { ClientRequestToken: TOKEN })],
    input: { StackName: '<stack>', TemplateBody: SECRET, ClientRequestToken: TOKEN },
    answer: refused(
      'TokenAlreadyExistsException',
      `The client request token ${TOKEN} has already been used for this stack. Retry the request with a different client request token`,
    ),
    source: stackd('lifecycle'),
  },
  {
    operation: 'CreateStack',
    when: 'again, with another client request token',
    after: [created(template(), { ClientRequestToken: TOKEN })],
    input: { StackName: '<stack>', TemplateBody: template(), ClientRequestToken: 'other' },
    answer: refused('AlreadyExistsException', 'Stack [<stack>] already exists'),
    source: stackd('lifecycle'),
  },
  after(
    'created with a tag',
    [created(template(undefined, { Description: 'probe' }), { Tags: [{ Key: 'stackd-probe', Value: 'tag' }] })],
    {
      Stacks: [
        {
          StackId: '<StackId>',
          StackName: '<stack>',
          Description: 'probe',
          RollbackConfiguration: {},
          StackStatus: 'CREATE_COMPLETE',
          DisableRollback: false,
          DeploymentConfig: { Mode: 'STANDARD', DisableRollback: false },
          NotificationARNs: [],
          Tags: [{ Key: 'stackd-probe', Value: 'tag' }],
          EnableTerminationProtection: false,
          DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
          LastOperations: [{ OperationType: 'CREATE_STACK', OperationId: '<OperationId>' }],
        },
      ],
    },
    stackd('lifecycle'),
  ),
  after(
    'created by a change set',
    [changeSet(template(), { ChangeSetType: 'CREATE' }), executed()],
    { Stacks: [{ ChangeSetId: '<Id>', StackStatus: 'CREATE_COMPLETE', LastUpdatedTime: expect.any(Date) as unknown }] },
    localstack('api/test_stacks.py::TestStacksApi::test_stack_lifecycle'),
  ),
  after(
    'created in express mode',
    [created(template(), EXPRESS)],
    { Stacks: [{ DisableRollback: true, DeploymentConfig: { Mode: 'EXPRESS', DisableRollback: true } }] },
    issue('aws-cdk-cli/pull/1745'),
  ),
  after(
    'created in express mode with rollback',
    [created(template(), { DeploymentConfig: { Mode: 'EXPRESS', DisableRollback: false } })],
    { Stacks: [{ DeploymentConfig: { Mode: 'EXPRESS', DisableRollback: false } }] },
    issue('aws-cdk-cli/pull/1745'),
  ),
  {
    operation: 'UpdateStack',
    when: 'without a change',
    after: [created()],
    input: { StackName: '<stack>', TemplateBody: template() },
    answer: invalid('No updates are to be performed.'),
    source: localstack('api/test_stacks.py::TestStacksApi::test_update_stack_with_same_template_withoutchange'),
  },
  {
    operation: 'UpdateStack',
    when: 'with rollback, after an update without rollback has failed',
    after: [created(), updated(FAILING, WITHOUT_ROLLBACK)],
    input: { StackName: '<stack>', TemplateBody: template() },
    answer: invalid(NON_TERMINAL),
    source: issue('aws-cdk-cli/issues/1973'),
  },
  {
    operation: 'ExecuteChangeSet',
    when: 'with rollback, after an update without rollback has failed',
    after: [created(), updated(FAILING, WITHOUT_ROLLBACK), changeSet()],
    input: { StackName: '<stack>', ChangeSetName: 'set' },
    answer: invalid(NON_TERMINAL),
    source: 'github.com/aws/aws-cdk/issues/30546',
  },
  after(
    'updated without rollback, after an update without rollback has failed',
    [created(), updated(FAILING, WITHOUT_ROLLBACK), changeSet(), executed(WITHOUT_ROLLBACK)],
    status('UPDATE_COMPLETE'),
    docs('UserGuide/stack-failure-options.html'),
  ),
  after(
    'rolled back by RollbackStack, after an update without rollback has failed',
    [created(), updated(FAILING, WITHOUT_ROLLBACK), { operation: 'RollbackStack', input: { StackName: '<stack>' } }],
    status('UPDATE_ROLLBACK_COMPLETE'),
    docs('APIReference/API_RollbackStack.html'),
  ),
  after(
    'with a replacement without rollback',
    [
      created(template({ Parameter: parameter({ Name: '/<stack>/one' }) })),
      updated(template({ Parameter: parameter({ Name: '/<stack>/two' }) }), WITHOUT_ROLLBACK),
    ],
    status('UPDATE_FAILED', 'The following resource(s) failed to update: [Parameter]. '),
    'github.com/aws/aws-cdk/issues/30546',
  ),
  {
    operation: 'DescribeStackEvents',
    when: 'of a replacement without rollback',
    after: [
      created(template({ Parameter: parameter({ Name: '/<stack>/one' }) })),
      updated(template({ Parameter: parameter({ Name: '/<stack>/two' }) }), WITHOUT_ROLLBACK),
    ],
    input: { StackName: '<stack>' },
    answer: events({
      LogicalResourceId: 'Parameter',
      ResourceStatus: 'UPDATE_FAILED',
      ResourceStatusReason: 'Replacement type updates not supported on stack with disable-rollback.',
    }),
    source: 'github.com/aws/aws-cdk/issues/30546',
  },
  {
    operation: 'RollbackStack',
    when: 'after a failure in express mode',
    after: [created(template(), EXPRESS), updated(FAILING, EXPRESS)],
    input: { StackName: '<stack>' },
    answer: invalid(
      'RollbackStack is not supported for stacks that were last updated using EXPRESS deployment mode and are in a failed state',
    ),
    source: issue('aws-cdk-cli/issues/1739'),
  },
  {
    operation: 'UpdateStack',
    when: 'in standard mode, after a failure in express mode',
    after: [created(template(), EXPRESS), updated(FAILING, EXPRESS)],
    input: { StackName: '<stack>', TemplateBody: template(), DisableRollback: true },
    answer: invalid(EXPRESS_FAILED),
    source: issue('aws-cdk-cli/issues/1739'),
  },
  {
    operation: 'CreateChangeSet',
    when: 'in standard mode, after a failure in express mode',
    after: [created(template(), EXPRESS), updated(FAILING, EXPRESS)],
    input: { StackName: '<stack>', ChangeSetName: 'set', TemplateBody: template() },
    answer: invalid(EXPRESS_FAILED),
    source: issue('aws-cdk-cli/issues/1739'),
  },
  {
    operation: 'UpdateStack',
    when: 'in express mode with rollback, after a failure in express mode',
    after: [created(template(), EXPRESS), updated(FAILING, EXPRESS)],
    input: {
      StackName: '<stack>',
      TemplateBody: template(),
      DeploymentConfig: { Mode: 'EXPRESS', DisableRollback: false },
    },
    answer: invalid(NON_TERMINAL),
    source: issue('aws-cdk-cli/issues/1973'),
  },
  after(
    'updated in express mode to the template before its failure',
    [created(template(), EXPRESS), updated(FAILING, EXPRESS), updated(template(), EXPRESS)],
    status('UPDATE_COMPLETE'),
    issue('aws-cdk-cli/pull/1970'),
  ),
  after(
    'deleted while another stack imports from it',
    [created(exporting('value')), importing(), deleted()],
    status(
      'CREATE_COMPLETE',
      'Delete canceled. Cannot delete export export-of-<stack> as it is in use by <stack>-importer.',
    ),
    docs('UserGuide/using-cfn-stack-exports.html'),
  ),
  {
    operation: 'DescribeStackEvents',
    when: 'of an update that would change an export in use',
    after: [created(exporting('value')), importing(), updated(exporting('other'))],
    input: { StackName: '<stack>' },
    answer: events(
      {
        ResourceStatus: 'UPDATE_ROLLBACK_IN_PROGRESS',
        ResourceStatusReason: expect.stringContaining(
          'Export export-of-<stack> cannot be updated as it is in use by <stack>-importer',
        ) as unknown,
      },
      { ResourceStatus: 'UPDATE_ROLLBACK_COMPLETE' },
    ),
    source: 'github.com/aws/aws-cdk/issues/3414',
  },
  {
    operation: 'DescribeStackEvents',
    when: 'of an update that would remove an export in use',
    after: [created(exporting('value')), importing(), updated(template())],
    input: { StackName: '<stack>' },
    answer: events({
      ResourceStatus: 'UPDATE_ROLLBACK_IN_PROGRESS',
      ResourceStatusReason: expect.stringContaining(
        'Delete canceled. Cannot delete export export-of-<stack> as it is in use by <stack>-importer.',
      ) as unknown,
    }),
    source: 'github.com/aws/aws-cdk/issues/3414',
  },
  {
    operation: 'DescribeStackEvents',
    when: 'of a stack with an empty export',
    after: [created(exporting(' '))],
    input: { StackName: '<stack>' },
    answer: events({
      ResourceStatus: 'ROLLBACK_IN_PROGRESS',
      ResourceStatusReason: expect.stringContaining(
        'Cannot export output Out. Exported values must not be empty or whitespace-only.',
      ) as unknown,
    }),
    source: stackd('lifecycle'),
  },
  {
    operation: 'DescribeStackEvents',
    when: 'of a stack that exports a name in use',
    after: [
      created(exporting('value')),
      { operation: 'CreateStack', input: { StackName: '<stack>-again', TemplateBody: exporting('value') } },
    ],
    input: { StackName: '<stack>-again' },
    answer: events({
      ResourceStatus: 'ROLLBACK_IN_PROGRESS',
      ResourceStatusReason: expect.stringContaining(
        'Export with name export-of-<stack> is already exported by stack <stack>',
      ) as unknown,
    }),
    source: docs('UserGuide/using-cfn-stack-exports.html'),
  },
  {
    operation: 'DescribeStackEvents',
    when: 'of a stack with an import of a missing export',
    after: [created(template({ Parameter: parameter({ Value: { 'Fn::ImportValue': 'nobody-<stack>' } }) }))],
    input: { StackName: '<stack>' },
    answer: events({
      LogicalResourceId: '<stack>',
      ResourceStatus: 'ROLLBACK_IN_PROGRESS',
      ResourceStatusReason: 'No export named nobody-<stack> found. Rollback requested by user.',
    }),
    source: docs('UserGuide/troubleshooting.html'),
  },
  {
    operation: 'ListExports',
    when: 'of a stack with an export',
    after: [created(exporting('value'))],
    input: {},
    answer: {
      Exports: expect.arrayContaining([
        { ExportingStackId: '<StackId>', Name: 'export-of-<stack>', Value: 'value' },
      ]) as unknown,
    },
    source: docs('APIReference/API_ListExports.html'),
  },
  {
    operation: 'ListImports',
    when: 'of an export that a stack imports',
    after: [created(exporting('value')), importing()],
    input: { ExportName: 'export-of-<stack>' },
    answer: { Imports: ['<stack>-importer'] },
    source: docs('APIReference/API_ListImports.html'),
  },
  {
    operation: 'ListImports',
    when: 'of an export that nobody imports',
    after: [created(exporting('value'))],
    input: { ExportName: 'export-of-<stack>' },
    answer: invalid("Export 'export-of-<stack>' is not imported by any stack."),
    source: docs('APIReference/API_ListImports.html'),
  },
  after(
    'with a NoEcho parameter',
    [created(SECRET)],
    {
      Stacks: [
        {
          Parameters: [{ ParameterKey: 'Secret', ParameterValue: '****' }],
          Outputs: [{ OutputKey: 'Value', OutputValue: 'hidden' }],
        },
      ],
    },
    localstack('api/test_stacks.py::test_no_echo_parameter'),
  ),
  {
    operation: 'DescribeChangeSet',
    when: 'with a NoEcho parameter',
    after: [changeSet(SECRET, { ChangeSetType: 'CREATE' })],
    input: { ChangeSetName: '<Id>' },
    answer: { Parameters: [{ ParameterKey: 'Secret', ParameterValue: '****' }] },
    source: localstack('api/test_stacks.py::test_no_echo_parameter'),
  },
  {
    operation: 'DescribeStackEvents',
    when: 'of resources with and without a NoEcho parameter',
    after: [created(SECRET)],
    input: { StackName: '<stack>' },
    answer: events(
      {
        LogicalResourceId: 'Sensitive',
        ResourceProperties: '{"Type":"String","Value":"fine","Description":"****"}',
      },
      {
        LogicalResourceId: 'Literal',
        ResourceProperties: '{"Type":"String","Value":"fine","Description":"hidden"}',
      },
    ),
    source: stackd('noecho_scope'),
  },
  {
    operation: 'DescribeStackEvents',
    when: 'of a creation, newest first',
    after: [created(template(), { ClientRequestToken: TOKEN })],
    input: { StackName: '<stack>' },
    answer: {
      StackEvents: [
        { LogicalResourceId: '<stack>', PhysicalResourceId: '<StackId>', ResourceStatus: 'CREATE_COMPLETE' },
        {
          EventId: expect.stringMatching(/^Parameter-CREATE_COMPLETE-\d{4}-/) as unknown,
          LogicalResourceId: 'Parameter',
          ResourceStatus: 'CREATE_COMPLETE',
        },
        { ResourceStatus: 'CREATE_IN_PROGRESS', ResourceStatusReason: 'Resource creation Initiated' },
        { LogicalResourceId: 'Parameter', PhysicalResourceId: '', ResourceStatus: 'CREATE_IN_PROGRESS' },
        {
          LogicalResourceId: '<stack>',
          ResourceType: 'AWS::CloudFormation::Stack',
          ResourceStatus: 'CREATE_IN_PROGRESS',
          ResourceStatusReason: 'User Initiated',
          OperationId: '<OperationId>',
          ClientRequestToken: TOKEN,
        },
      ],
    },
    source: stackd('noecho_scope'),
  },
  after(
    'created without rollback, with a failing resource',
    [created(FAILING, WITHOUT_ROLLBACK)],
    status('CREATE_FAILED', 'The following resource(s) failed to create: [Refused]. '),
    docs('UserGuide/stack-failure-options.html'),
  ),
  {
    operation: 'DescribeStackEvents',
    when: 'of a creation that is rolled back',
    after: [created(FAILING)],
    input: { StackName: '<stack>' },
    answer: events({
      ResourceStatus: 'ROLLBACK_IN_PROGRESS',
      ResourceStatusReason: 'The following resource(s) failed to create: [Refused]. Rollback requested by user.',
    }),
    source: localstack('api/test_stacks.py::test_blocked_stack_deletion'),
  },
  after(
    'after a failed update, whose rollback is a separate operation',
    [created(), updated(FAILING)],
    {
      Stacks: [
        {
          StackStatus: 'UPDATE_ROLLBACK_COMPLETE',
          LastOperations: [
            { OperationType: 'ROLLBACK', OperationId: expect.not.stringContaining('<OperationId>') as unknown },
            { OperationType: 'UPDATE_STACK', OperationId: '<OperationId>' },
          ],
        },
      ],
    },
    issue('aws-cdk-cli (PollRange.mostRecentDeploymentAttempt in toolkit-lib)'),
  ),
  {
    operation: 'DescribeStackResources',
    when: 'of a stack',
    after: [created()],
    input: { StackName: '<stack>' },
    answer: {
      StackResources: [
        {
          StackId: '<StackId>',
          StackName: '<stack>',
          LogicalResourceId: 'Parameter',
          ResourceType: 'AWS::SSM::Parameter',
          ResourceStatus: 'CREATE_COMPLETE',
          DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
        },
      ],
    },
    source: stackd('noecho_scope'),
  },
  {
    operation: 'ListStackResources',
    when: 'of a stack',
    after: [created()],
    input: { StackName: '<stack>' },
    answer: {
      StackResourceSummaries: [
        {
          LogicalResourceId: 'Parameter',
          ResourceType: 'AWS::SSM::Parameter',
          ResourceStatus: 'CREATE_COMPLETE',
          DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' },
        },
      ],
    },
    source: stackd('noecho_scope'),
  },
  {
    operation: 'DescribeStackResource',
    when: 'of a stack',
    after: [created()],
    input: { StackName: '<stack>', LogicalResourceId: 'Parameter' },
    answer: {
      StackResourceDetail: {
        StackId: '<StackId>',
        StackName: '<stack>',
        Metadata: '{}',
        ResourceStatus: 'CREATE_COMPLETE',
      },
    },
    source: localstack('api/test_resources.py::test_describe_deleted_resource_on_update'),
  },
  {
    operation: 'CancelUpdateStack',
    when: 'of a stack that is not being updated',
    after: [created()],
    input: { StackName: '<stack>' },
    answer: invalid('CancelUpdateStack cannot be called from current stack status'),
    source: docs('APIReference/API_CancelUpdateStack.html'),
  },
  {
    operation: 'UpdateStack',
    when: 'of a stack whose creation was rolled back',
    after: [created(FAILING)],
    input: { StackName: '<stack>', TemplateBody: template() },
    answer: invalid('Stack:<StackId> is in ROLLBACK_COMPLETE state and can not be updated.'),
    source: 'github.com/serverless/serverless/issues/5630',
  },
  {
    operation: 'UpdateStack',
    when: 'that changes the type of a resource',
    after: [created(template({ Thing: parameter() }))],
    input: { StackName: '<stack>', TemplateBody: template({ Thing: { Type: 'AWS::KMS::Key' } }) },
    answer: invalid(
      'Update of resource type is not permitted. The new template modifies resource type of the following resources: [Thing]',
    ),
    source: 'github.com/aws/aws-cdk/issues/8996',
  },
];
