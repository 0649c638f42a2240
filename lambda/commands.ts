/** Commands of the AWS CLI that can be pasted into a shell. */

export function aws(command: string): string {
  return `aws ${command}`;
}

/** @param arn of a key, or of an alias. */
export function kms(command: string, arn: string, options = ''): string {
  const [, , , region = '', , resource = ''] = arn.split(':');
  const keyId = resource.startsWith('key/') ? resource.slice('key/'.length) : resource;
  return join('aws kms', command, `--region ${region} --key-id ${keyId}`, options);
}

export function ssm(command: string, region: string, parameter: string, options = ''): string {
  return join('aws ssm', command, `--region ${region} --name ${quoted(parameter)}`, options);
}

/** A stray parameter may have any name. */
function quoted(name: string): string {
  return /^[\w./:-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
