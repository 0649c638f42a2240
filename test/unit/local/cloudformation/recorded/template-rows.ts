import { created, docs, invalid, localstack, parameter, refused, type Row, stackd, template } from './row';

/** Refused by CreateChangeSet and CreateStack alike, before the stack exists. */
function refusal(when: string, TemplateBody: string, message: string, test: string, input: object = {}): Row {
  return {
    operation: 'CreateChangeSet',
    when,
    input: { StackName: '<stack>', ChangeSetName: 'set', ChangeSetType: 'CREATE', TemplateBody, ...input },
    answer: invalid(message),
    source: localstack(test),
  };
}

const valued = (Value: unknown): string => template({ Parameter: parameter({ Value }) });
const mapped = (map: unknown, key = 'A'): string =>
  template(
    { Parameter: parameter({ Value: { 'Fn::FindInMap': ['Map', key, 'Suffix'] } }) },
    { Mappings: { Map: map } },
  );

/** Refused templates and parameters, and descriptions of templates. */
export const templateRows: readonly Row[] = [
  refusal(
    'without resources',
    '{}',
    'Template format error: At least one Resources member must be defined.',
    'api/test_validations.py::test_missing_resources_block',
  ),
  refusal(
    'with a resource that is not an object',
    template({ Parameter: 'text' }),
    'Template format error: Any Resources member must be an object.',
    'api/test_stacks.py::test_linting_error_during_creation',
  ),
  refusal(
    'with a resource without a type',
    template({ A: { Properties: {} } }),
    'Template format error: [/Resources/A] Every Resources object must contain a Type member.',
    'api/test_validations.py::test_resources_blocks[missing-type]',
  ),
  refusal(
    'with an invalid resource attribute',
    template({ A: parameter({}, { Invalid: 10 }) }),
    "Invalid template resource property 'Invalid'",
    'api/test_validations.py::test_resources_blocks[invalid-key]',
  ),
  refusal(
    'with a logical ID that is not alphanumeric',
    template({ 'my-bad-resource-id': parameter() }),
    'Template format error: Resource name my-bad-resource-id is non alphanumeric.',
    'api/test_resources.py::test_invalid_logical_resource_id',
  ),
  refusal(
    'with a pseudo parameter as a logical ID',
    template({ 'AWS::NoValue': parameter() }),
    'Template format error: Resource name AWS::NoValue is non alphanumeric.',
    'api/test_changesets.py::test_using_pseudoparameters_in_places[resource]',
  ),
  refusal(
    'with a pseudo parameter as a parameter',
    template(undefined, { Parameters: { 'AWS::NoValue': { Type: 'String' } } }),
    'Template format error: Parameter name AWS::NoValue is non alphanumeric.',
    'api/test_changesets.py::test_using_pseudoparameters_in_places[parameter]',
  ),
  refusal(
    'with an output whose value is null',
    template(undefined, { Outputs: { MyOutput: { Value: null } } }),
    "[/Outputs/MyOutput/Value] 'null' values are not allowed in templates",
    'api/test_validations.py::test_invalid_output_structure[none-value]',
  ),
  refusal(
    'with an output without a value',
    template(undefined, { Outputs: { MyOutput: {} } }),
    'Template format error: Every Outputs member must contain a Value object',
    'api/test_validations.py::test_invalid_output_structure[multiple-nones]',
  ),
  refusal(
    'with a mapping of one level',
    mapped({ A: 'suffix' }),
    'Template format error: Every Mappings member A must be a map',
    'engine/test_mappings.py::test_mapping_minimum_nesting_depth',
  ),
  refusal(
    'with a reference in a mapping',
    mapped({ A: { Suffix: { Ref: 'AWS::Region' } } }, 'C'),
    'Template format error: Every Mappings attribute must be a String or a List.',
    'engine/test_mappings.py::test_mapping_with_invalid_refs',
  ),
  refusal(
    'with a missing key of a mapping',
    mapped({ A: { Suffix: 'a' } }, 'C'),
    'Template error: Unable to get mapping for Map::C::Suffix',
    'engine/test_mappings.py::test_mapping_with_nonexisting_key',
  ),
  refusal(
    'with Fn::Select by an index that is not a number',
    valued({ 'Fn::Select': ['bad', ['test']] }),
    'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
    'test_change_set_fn_select.py::test_invalid_select_index_type[non-integer-index]',
  ),
  refusal(
    'with Fn::Select from a value that is not a list',
    valued({ 'Fn::Select': [0, 2] }),
    'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
    'test_change_set_fn_select.py::test_invalid_select_index_type[non-list-list]',
  ),
  refusal(
    'with Fn::Select beyond the list',
    valued({ 'Fn::Select': [100, ['test']] }),
    'Template error: Fn::Select requires a list argument with two elements: an integer index and a list',
    'test_change_set_fn_select.py::test_invalid_select_index_type[index-out-of-range]',
  ),
  refusal(
    'with Fn::Split of one argument',
    valued({ 'Fn::Split': { Ref: 'AWS::Region' } }),
    'Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
    'test_change_set_fn_split.py::test_validate_split_arguments_len',
  ),
  refusal(
    'with Fn::GetAtt without an attribute',
    template({ Parameter: parameter(), Other: parameter({ Value: { 'Fn::GetAtt': ['Parameter'] } }) }),
    'Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
    'test_change_set_fn_get_attr.py::test_invalid_structure',
  ),
  refusal(
    'with Fn::Equals of one argument',
    template(undefined, {
      Conditions: { C: { 'Fn::Equals': ['a'] } },
      Resources: { P: parameter({}, { Condition: 'C' }) },
    }),
    'Template error: every Fn::Equals object requires a list of 2 string parameters.',
    'engine/test_conditions.py::test_validate_equals_args_len',
  ),
  refusal(
    'with Fn::If on a condition that does not exist',
    valued({ 'Fn::If': ['MissingCondition', 'a', 'b'] }),
    'Template error: unresolved condition dependency MissingCondition in Fn::If',
    'test_change_set_conditions.py::test_missing_condition',
  ),
  refusal(
    'with an unresolved reference',
    valued({ Ref: 'InvalidRef' }),
    'Template format error: Unresolved resource dependencies [InvalidRef] in the Resources block of the template',
    'engine/test_references.py::test_useful_error_when_invalid_ref',
  ),
  refusal(
    'with an unresolved dependency',
    template({ Parameter: parameter({}, { DependsOn: 'NonExistingResource' }) }),
    'Template format error: Unresolved resource dependencies [NonExistingResource] in the Resources block of the template',
    'engine/test_references.py::test_depends_on_with_missing_reference',
  ),
  refusal(
    'with a reference to a resource whose condition is false',
    template(
      { Kept: parameter({ Value: { Ref: 'MyTopic' } }), MyTopic: parameter({}, { Condition: 'Never' }) },
      { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } },
    ),
    'Template format error: Unresolved resource dependencies [MyTopic] in the Resources block of the template',
    'engine/test_conditions.py::test_dependent_ref',
  ),
  refusal(
    'with an output of a resource whose condition is false',
    template(
      { Kept: parameter(), MyTopic: parameter({}, { Condition: 'Never' }) },
      { Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } }, Outputs: { Out: { Value: { Ref: 'MyTopic' } } } },
    ),
    'Unresolved resource dependencies [MyTopic] in the Outputs block of the template',
    'engine/test_conditions.py::test_output_reference_to_skipped_resource',
  ),
  refusal(
    'without the value of a parameter that has no default',
    template(undefined, { Parameters: { Input: { Type: 'String' } } }),
    'Parameters: [Input] must have values',
    'api/test_stacks.py::test_no_parameters_given',
  ),
  refusal(
    'with a string for a number',
    template(undefined, { Parameters: { Value: { Type: 'Number' } } }),
    "Parameter 'Value' must be a number.",
    'test_change_set_parameters.py::test_invalid_parameter_type',
    { Parameters: [{ ParameterKey: 'Value', ParameterValue: 'text' }] },
  ),
  {
    operation: 'ValidateTemplate',
    when: 'of malformed JSON',
    input: { TemplateBody: '{"this is invalid JSON"="bobbins"}' },
    answer: invalid('Template format error: JSON not well-formed. (line 1, column 25)'),
    source: localstack('api/test_templates.py::test_validate_invalid_json_template_should_fail'),
  },
  {
    operation: 'ValidateTemplate',
    when: 'of a template with a parameter and a role that has a name',
    input: {
      TemplateBody: template(
        { Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'role', AssumeRolePolicyDocument: {} } } },
        { Description: 'probe', Parameters: { Delay: { Type: 'Number', Default: 0 } } },
      ),
    },
    answer: {
      Parameters: [{ ParameterKey: 'Delay', DefaultValue: '0', NoEcho: false }],
      Description: 'probe',
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      CapabilitiesReason: 'The following resource(s) require capabilities: [AWS::IAM::Role]',
    },
    source: stackd('lifecycle'),
  },
  {
    operation: 'GetTemplateSummary',
    when: 'of a template without resources',
    input: { TemplateBody: '{}' },
    answer: invalid('Template format error: At least one Resources member must be defined.'),
    source: localstack('api/test_templates.py::test_get_template_summary_no_resources'),
  },
  {
    operation: 'GetTemplateSummary',
    when: 'of a stack',
    after: [created()],
    input: { StackName: '<stack>' },
    answer: {
      ResourceTypes: ['AWS::SSM::Parameter'],
      ResourceIdentifierSummaries: [{ ResourceType: 'AWS::SSM::Parameter', LogicalResourceIds: ['Parameter'] }],
      Version: '2010-09-09',
    },
    source: localstack('api/test_templates.py::test_get_template_summary_failed_stack'),
  },
  {
    operation: 'CreateStack',
    when: 'with a role, without a capability',
    input: {
      StackName: '<stack>',
      TemplateBody: template({ Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } } }),
    },
    answer: refused('InsufficientCapabilitiesException', 'Requires capabilities : [CAPABILITY_IAM]'),
    source: docs('APIReference/API_CreateStack.html'),
  },
  {
    operation: 'UpdateStack',
    when: 'without a template',
    after: [created()],
    input: { StackName: '<stack>' },
    answer: invalid('Either Template URL or Template Body must be specified.'),
    source: localstack('api/test_update_stack.py::test_no_template_error'),
  },
  {
    operation: 'CreateStack',
    when: 'with an invalid URL',
    input: { StackName: '<stack>', TemplateURL: 'somewhere' },
    answer: invalid('TemplateURL must be a supported URL.'),
    source: localstack('api/test_templates.py::test_create_stack_from_s3_template_url[http_invalid]'),
  },
  {
    operation: 'ValidateTemplate',
    when: 'of a template body that is too long',
    input: { TemplateBody: 'x'.repeat(51_201) },
    answer: invalid(
      `1 validation error detected: Value '${'x'.repeat(51_201)}' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200`,
    ),
    source: localstack('test_template_engine.py::test_to_validate_template_limit_for_macro'),
  },
  {
    operation: 'GetTemplate',
    when: 'of a template with non-ASCII characters',
    after: [created(template({ Parameter: parameter({ Value: 'größe' }) }))],
    input: { StackName: '<stack>' },
    answer: { TemplateBody: template({ Parameter: parameter({ Value: 'gr??e' }) }) },
    source: 'github.com/aws/aws-cdk/issues/10523',
  },
];
