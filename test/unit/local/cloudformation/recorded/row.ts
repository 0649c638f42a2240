/** A call. In inputs and answers, `<stack>` is the row's own stack; `<StackId>` and `<Id>` are from earlier outputs. */
export interface RecordedCall {
  readonly operation: string;
  readonly input: object;
}

/** An error response. */
export interface RecordedError {
  readonly error: string;
  readonly message: string;
}

/** A recorded or documented answer of AWS. */
export interface Row extends RecordedCall {
  /** The circumstances of the call. */
  readonly when: string;
  /** Earlier calls. */
  readonly after?: readonly RecordedCall[];
  /** Members of the output, or the error; `ABSENT` where AWS has no such member. */
  readonly answer: object | RecordedError;
  /** The recording, issue or AWS page. */
  readonly source: string;
}

/** A member that the output lacks. */
export const ABSENT = undefined;

const LOCALSTACK = 'github.com/localstack/localstack tests/aws/services/cloudformation';
const STACKD = 'github.com/radkawar/stackd testdata/aws/cloudformation';

export const localstack = (test: string): string => `${LOCALSTACK}/${test}`;
export const stackd = (recording: string): string => `${STACKD}/${recording}.json`;
export const issue = (number: string): string => `github.com/aws/${number}`;
export const docs = (page: string): string => `docs.aws.amazon.com/AWSCloudFormation/latest/${page}`;

export const refused = (error: string, message: string): RecordedError => ({ error, message });
export const invalid = (message: string): RecordedError => refused('ValidationError', message);

export const parameter = (properties: object = {}, attributes: object = {}): object => ({
  Type: 'AWS::SSM::Parameter',
  Properties: { Type: 'String', Value: 'fine', ...properties },
  ...attributes,
});

/** A resource that Parameter Store refuses because it is too long. */
export const REFUSED = parameter({ Value: 'x'.repeat(5000) });

export const template = (Resources: object = { Parameter: parameter() }, more: object = {}): string =>
  JSON.stringify({ Resources, ...more });

const call = (operation: string, input: object = {}): RecordedCall => ({
  operation,
  input: { StackName: '<stack>', ...input },
});

/** Calls before a row's own; each waits until the stack has settled. */
export const created = (TemplateBody = template(), input: object = {}): RecordedCall =>
  call('CreateStack', { TemplateBody, ...input });
export const updated = (TemplateBody: string, input: object = {}): RecordedCall =>
  call('UpdateStack', { TemplateBody, ...input });
export const deleted = (): RecordedCall => call('DeleteStack');
export const changeSet = (TemplateBody = template(), input: object = {}): RecordedCall =>
  call('CreateChangeSet', { ChangeSetName: 'set', TemplateBody, ...input });
export const executed = (input: object = {}): RecordedCall =>
  call('ExecuteChangeSet', { ChangeSetName: 'set', ...input });
export const exporting = (Value: string, Name = 'export-of-<stack>'): string =>
  template(undefined, { Outputs: { Out: { Value, Export: { Name } } } });
export const importing = (): RecordedCall =>
  call('CreateStack', {
    StackName: '<stack>-importer',
    TemplateBody: template({ Parameter: parameter({ Value: { 'Fn::ImportValue': 'export-of-<stack>' } }) }),
  });
