/** One call of an operation. In its input and in answers `<stack>` is the row's own stack, `<StackId>` and `<Id>` what a call before returned. */
export interface RecordedCall {
  readonly operation: string;
  readonly input: object;
}

/** An answer that is an error. */
export interface RecordedError {
  readonly error: string;
  readonly message: string;
}

/** One answer of AWS that was recorded, or that its documentation promises. */
export interface Row extends RecordedCall {
  /** What the call is made on, or with. */
  readonly when: string;
  /** What has happened before. */
  readonly after?: readonly RecordedCall[];
  /** Members of the output, or the error; `ABSENT` where AWS has no such member. */
  readonly answer: object | RecordedError;
  /** Who recorded it and where, or the page of AWS. */
  readonly source: string;
}

/** A member that the answer does not have. */
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

/** A resource that Parameter Store refuses for its length. */
export const REFUSED = parameter({ Value: 'x'.repeat(5000) });

export const template = (Resources: object = { Parameter: parameter() }, more: object = {}): string =>
  JSON.stringify({ Resources, ...more });

const call = (operation: string, input: object = {}): RecordedCall => ({
  operation,
  input: { StackName: '<stack>', ...input },
});

/** The calls that lead to a row's: each waits until the stack is settled. */
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
