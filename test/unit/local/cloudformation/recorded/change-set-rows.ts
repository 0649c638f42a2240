import {
  ABSENT,
  changeSet,
  created,
  docs,
  executed,
  exporting,
  issue,
  localstack,
  parameter,
  refused,
  type Row,
  stackd,
  template,
} from './row';

const NEW = { ChangeSetType: 'CREATE' };
const AFTER_APPLY = '{{changeSet:KNOWN_AFTER_APPLY}}';

const named = (Name: string, more: object = {}): object => parameter({ Name: `/<stack>/${Name}` }, more);
const modified = (Properties: object): string => JSON.stringify({ Properties: { Type: 'String', ...Properties } });
const target = (Name: string, RequiresRecreation: string, values: object = {}): object => ({
  Attribute: 'Properties',
  Name,
  RequiresRecreation,
  ...values,
});
const change = (ResourceChange: object): object => ({ Changes: [{ Type: 'Resource', ResourceChange }] });

/** DescribeChangeSet for a change from one template to another. */
function described(when: string, from: string, to: string, answer: object, source: string, input: object = {}): Row {
  return {
    operation: 'DescribeChangeSet',
    when,
    after: [created(from), changeSet(to)],
    input: { StackName: '<stack>', ChangeSetName: 'set', ...input },
    answer,
    source,
  };
}

const WITH_VALUES = { IncludePropertyValues: true };
const ONE = template({ Parameter: parameter({ Description: 'original' }) });
const OTHER = template({ Parameter: parameter({ Description: 'changed' }) });

/** Two parameters, the second with the value of the first. */
const pair = (Name: string, attributes: object = {}): string =>
  template({
    First: named(Name, attributes),
    Second: parameter({ Value: { 'Fn::GetAtt': ['First', 'Value'] } }),
  });

const byParameter = (Default: string): string =>
  template(
    { Parameter: parameter({ Name: { Ref: 'Name' } }) },
    { Parameters: { Name: { Type: 'String', Default: `/<stack>/${Default}` } } },
  );

export const changeSetRows: readonly Row[] = [
  {
    operation: 'DescribeChangeSet',
    when: 'of a new stack',
    after: [changeSet(template(), NEW)],
    input: { ChangeSetName: '<Id>' },
    answer: {
      ChangeSetName: 'set',
      ChangeSetId: '<Id>',
      StackId: '<StackId>',
      StackName: '<stack>',
      ExecutionStatus: 'AVAILABLE',
      Status: 'CREATE_COMPLETE',
      NotificationARNs: [],
      RollbackConfiguration: {},
      Capabilities: [],
      IncludeNestedStacks: false,
      DeploymentConfig: { Mode: 'STANDARD', DisableRollback: false },
      ...change({
        Action: 'Add',
        LogicalResourceId: 'Parameter',
        ResourceType: 'AWS::SSM::Parameter',
        Replacement: ABSENT,
        PolicyAction: ABSENT,
        Scope: [],
        Details: [],
        AfterContext: ABSENT,
      }),
    },
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'DescribeChangeSet',
    when: 'of a new stack, with property values',
    after: [changeSet(template(), NEW)],
    input: { ChangeSetName: '<Id>', ...WITH_VALUES },
    answer: change({ Action: 'Add', Details: [], AfterContext: modified({ Value: 'fine' }) }),
    source: localstack('test_change_sets.py::TestCaptureUpdateProcess::test_conditions'),
  },
  described(
    'of a property changed in place',
    ONE,
    OTHER,
    change({
      Action: 'Modify',
      LogicalResourceId: 'Parameter',
      ResourceType: 'AWS::SSM::Parameter',
      Replacement: 'False',
      PolicyAction: ABSENT,
      Scope: ['Properties'],
      Details: [
        {
          Target: target('Description', 'Never', { BeforeValue: ABSENT, Path: ABSENT }),
          Evaluation: 'Static',
          ChangeSource: 'DirectModification',
        },
      ],
    }),
    stackd('changeset_name_reuse'),
  ),
  described(
    'of a property changed in place, with property values',
    ONE,
    OTHER,
    change({
      BeforeContext: modified({ Value: 'fine', Description: 'original' }),
      AfterContext: modified({ Value: 'fine', Description: 'changed' }),
      Details: [
        {
          Target: target('Description', 'Never', {
            Path: '/Properties/Description',
            AttributeChangeType: 'Modify',
            BeforeValue: 'original',
            AfterValue: 'changed',
          }),
          Evaluation: 'Static',
          ChangeSource: 'DirectModification',
        },
      ],
    }),
    localstack('test_change_sets.py::TestCaptureUpdateProcess::test_unrelated_changes_update_propagation'),
    WITH_VALUES,
  ),
  described(
    'of a change that does not affect its dependent',
    template({
      First: parameter({ Description: 'original' }),
      Second: parameter({ Value: { 'Fn::GetAtt': ['First', 'Value'] } }),
    }),
    template({
      First: parameter({ Description: 'changed' }),
      Second: parameter({ Value: { 'Fn::GetAtt': ['First', 'Value'] } }),
    }),
    change({ LogicalResourceId: 'First', Replacement: 'False' }),
    localstack('test_change_sets.py::TestCaptureUpdateProcess::test_unrelated_changes_update_propagation'),
  ),
  described(
    'of a replacement and its dependent',
    pair('one'),
    pair('two'),
    {
      Changes: [
        {
          ResourceChange: {
            LogicalResourceId: 'First',
            PhysicalResourceId: '/<stack>/one',
            PolicyAction: 'ReplaceAndDelete',
            Replacement: 'True',
            Details: [{ Target: target('Name', 'Always'), Evaluation: 'Static', ChangeSource: 'DirectModification' }],
          },
        },
        {
          ResourceChange: {
            LogicalResourceId: 'Second',
            PolicyAction: ABSENT,
            Replacement: 'False',
            Details: [
              {
                Target: target('Value', 'Never'),
                Evaluation: 'Static',
                ChangeSource: 'ResourceAttribute',
                CausingEntity: 'First.Value',
              },
            ],
          },
        },
      ],
    },
    localstack('test_change_sets.py::TestCaptureUpdateProcess::test_dynamic_update'),
  ),
  described(
    'of the dependent of a replacement, with property values',
    pair('one'),
    pair('two'),
    {
      Changes: [
        { ResourceChange: { LogicalResourceId: 'First' } },
        {
          ResourceChange: {
            BeforeContext: modified({ Value: 'fine' }),
            AfterContext: modified({ Value: AFTER_APPLY }),
            Details: expect.arrayContaining([
              expect.objectContaining({ Evaluation: 'Static', ChangeSource: 'ResourceAttribute' }),
              expect.objectContaining({
                Target: expect.objectContaining({ BeforeValue: 'fine', AfterValue: AFTER_APPLY }) as unknown,
                Evaluation: 'Dynamic',
                ChangeSource: 'DirectModification',
              }),
            ]) as unknown,
          },
        },
      ],
    },
    localstack('test_change_sets.py::TestCaptureUpdateProcess::test_unrelated_changes_requires_replacement'),
    WITH_VALUES,
  ),
  described(
    'of a replacement that retains the old resource',
    pair('one', { UpdateReplacePolicy: 'Retain' }),
    pair('two', { UpdateReplacePolicy: 'Retain' }),
    {
      Changes: [
        { ResourceChange: { Replacement: 'True', PolicyAction: 'ReplaceAndRetain' } },
        { ResourceChange: { Replacement: 'False' } },
      ],
    },
    docs('APIReference/API_ResourceChange.html'),
  ),
  described(
    'of a parameter with a new value',
    byParameter('one'),
    byParameter('two'),
    change({
      Replacement: 'True',
      PolicyAction: 'ReplaceAndDelete',
      Details: [
        {
          Target: target('Name', 'Always'),
          Evaluation: 'Static',
          ChangeSource: 'ParameterReference',
          CausingEntity: 'Name',
        },
        { Target: target('Name', 'Always'), Evaluation: 'Dynamic', ChangeSource: 'DirectModification' },
      ],
    }),
    localstack('api/test_changesets.py::test_describe_changeset_after_delete'),
  ),
  described(
    'of a removal',
    template({ Kept: parameter(), Gone: named('gone') }),
    template({ Kept: parameter() }),
    change({
      Action: 'Remove',
      LogicalResourceId: 'Gone',
      PhysicalResourceId: '/<stack>/gone',
      PolicyAction: 'Delete',
      Scope: [],
      Details: [],
    }),
    docs('APIReference/API_ResourceChange.html'),
  ),
  described(
    'of the removal of a retained resource',
    template({ Kept: parameter(), Gone: parameter({}, { DeletionPolicy: 'Retain' }) }),
    template({ Kept: parameter() }),
    change({ Action: 'Remove', PolicyAction: 'Retain' }),
    docs('APIReference/API_ResourceChange.html'),
  ),
  described(
    'without changes',
    template(),
    template(),
    {
      Changes: [],
      Status: 'FAILED',
      StatusReason:
        "The submitted information didn't contain changes. Submit different information to create a change set.",
      ExecutionStatus: 'UNAVAILABLE',
    },
    localstack('api/test_changesets.py::test_create_change_set_no_changes'),
  ),
  {
    operation: 'DescribeChangeSet',
    when: 'with an import of a missing export',
    after: [changeSet(template({ Parameter: parameter({ Value: { 'Fn::ImportValue': 'nobody-<stack>' } }) }), NEW)],
    input: { ChangeSetName: '<Id>', ...WITH_VALUES },
    answer: {
      Status: 'CREATE_COMPLETE',
      ...change({ Action: 'Add', AfterContext: modified({ Value: AFTER_APPLY }) }),
    },
    source: localstack('test_change_set_exports_imports.py::test_describe_change_set_import_non_existent_export'),
  },
  {
    operation: 'DescribeChangeSet',
    when: 'with an import of an export of another stack',
    after: [
      created(exporting('shared')),
      changeSet(template({ Parameter: parameter({ Value: { 'Fn::ImportValue': 'export-of-<stack>' } }) }), {
        StackName: '<stack>-importer',
        ...NEW,
      }),
    ],
    input: { ChangeSetName: '<Id>', ...WITH_VALUES },
    answer: change({ AfterContext: modified({ Value: 'shared' }) }),
    source: localstack('test_change_set_exports_imports.py::test_describe_change_set_import'),
  },
  {
    operation: 'DescribeChangeSet',
    when: 'of a change set in express mode',
    after: [changeSet(template(), { ...NEW, DeploymentConfig: { Mode: 'EXPRESS' } })],
    input: { ChangeSetName: '<Id>' },
    answer: { DeploymentConfig: { Mode: 'EXPRESS', DisableRollback: true } },
    source: issue('aws-cdk-cli/pull/1969'),
  },
  {
    operation: 'ExecuteChangeSet',
    when: 'without changes',
    after: [created(), changeSet()],
    input: { StackName: '<stack>', ChangeSetName: 'set' },
    answer: refused(
      'InvalidChangeSetStatusException',
      'ChangeSet [<Id>] cannot be executed in its current status of [FAILED]',
    ),
    source: docs('APIReference/API_ExecuteChangeSet.html'),
  },
  {
    operation: 'DescribeChangeSet',
    when: 'of an executed change set, by name',
    after: [changeSet(template(), NEW), executed()],
    input: { StackName: '<StackId>', ChangeSetName: 'set' },
    answer: refused('ChangeSetNotFoundException', 'ChangeSet [set] does not exist'),
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'DescribeChangeSet',
    when: 'of an executed change set, by ARN',
    after: [changeSet(template(), NEW), executed()],
    input: { ChangeSetName: '<Id>' },
    answer: { Status: 'CREATE_COMPLETE', ExecutionStatus: 'EXECUTE_COMPLETE', Changes: [{ Type: 'Resource' }] },
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'DeleteChangeSet',
    when: 'of an executed change set, by name',
    after: [changeSet(template(), NEW), executed()],
    input: { StackName: '<StackId>', ChangeSetName: 'set' },
    answer: {},
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'DeleteChangeSet',
    when: 'of an executed change set, by ARN',
    after: [changeSet(template(), NEW), executed()],
    input: { StackName: '<StackId>', ChangeSetName: '<Id>' },
    answer: refused('InvalidChangeSetStatusException', 'Cannot delete ChangeSet in execution status EXECUTE_COMPLETE'),
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'CreateChangeSet',
    when: 'under the name of an executed change set',
    after: [changeSet(template(), NEW), executed()],
    input: { StackName: '<StackId>', ChangeSetName: 'set', TemplateBody: OTHER },
    answer: { StackId: '<StackId>' },
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'DescribeChangeSet',
    when: 'by a name that an executed change set had before',
    after: [changeSet(template(), NEW), executed(), changeSet(OTHER)],
    input: { StackName: '<stack>', ChangeSetName: 'set' },
    answer: { ExecutionStatus: 'AVAILABLE', ChangeSetId: '<Id>' },
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'DeleteChangeSet',
    when: 'of an available change set, by ARN',
    after: [changeSet(template(), NEW)],
    input: { ChangeSetName: '<Id>' },
    answer: {},
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'DeleteChangeSet',
    when: 'of a change set that does not exist',
    after: [created()],
    input: { StackName: '<stack>', ChangeSetName: 'set' },
    answer: {},
    source: stackd('changeset_name_reuse'),
  },
  {
    operation: 'CreateChangeSet',
    when: 'under the name of an available change set',
    after: [created(), changeSet(OTHER)],
    input: { StackName: '<stack>', ChangeSetName: 'set', TemplateBody: OTHER },
    answer: refused(
      'AlreadyExistsException',
      'ChangeSet set cannot be created due to a mismatch with existing attribute Name',
    ),
    source: 'github.com/aws/aws-cdk/issues/7398',
  },
];
