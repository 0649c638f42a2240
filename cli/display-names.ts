/** A key's first alias, with the number of further ones, or its ID. */
export function nameOf({ aliases, keyId }: { readonly aliases: readonly string[]; readonly keyId: string }): string {
  const [first, ...more] = aliases;
  return first === undefined ? keyId : `${first}${more.length > 0 ? ` +${more.length}` : ''}`;
}

/** The name in a stack's ARN, or in the ARN of another caller. */
export function stackName(stackId: string | undefined): string {
  return stackId?.split('/')[1] ?? stackId ?? '?';
}
