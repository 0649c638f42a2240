/**
 * What a person looks for in the output of `cdk deploy`: the outputs of a deployment that succeeded, the reasons of one that failed.
 * The command wraps a reason at its own width; here each is one paragraph again.
 */
export function excerpt(lines: readonly string[]): string[] {
  const failure = lines.findIndex((line) => line.startsWith('❌'));
  if (failure < 0) return section(lines, lines.indexOf('Outputs:'), /^(Stack ARN:|$)/);
  return joined(section(lines, failure, /^(Source Location:|\s*$)/));
}

function section(lines: readonly string[], start: number, end: RegExp): string[] {
  if (start < 0) return [];
  const length = lines.slice(start).findIndex((line) => end.test(line));
  return lines.slice(start, length < 0 ? undefined : start + length);
}

function joined(lines: readonly string[]): string[] {
  return lines.reduce<string[]>((paragraphs, line) => {
    const last = paragraphs.at(-1);
    if (last?.startsWith('  ') && line.startsWith('  ')) return [...paragraphs.slice(0, -1), `${last} ${line.trim()}`];
    return [...paragraphs, line];
  }, []);
}
