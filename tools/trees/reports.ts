/**
 * The reports of fleets, read from the assembly's messages.
 */
import type { Message, Rendered } from './rendered';

/** A fleet's report on one stack. */
export interface Report {
  readonly message: Message;
  readonly fleet: string;
  /** The path of the stack that it is about; undefined for the stack that it is on. */
  readonly about?: string;
  readonly rotated: readonly string[];
  readonly skipped: readonly { readonly key: string; readonly reason: string }[];
}

export function reportsOf({ messages }: Rendered): Report[] {
  return messages.flatMap((message) => {
    const [, fleet, about, list = ''] =
      /^(\S+) rotates \d+ keys? of (this stack|\S+) with [^\n]*?(?:: ([^\n]*))?(?:\n|$)/.exec(message.text) ?? [];
    if (fleet === undefined) return [];
    const skipped = [...message.text.matchAll(/^- key (\S+) (.*)$/gm)];
    return [
      {
        message,
        fleet,
        about: about === 'this stack' ? undefined : about,
        rotated: list
          .replace(/ \[ack: .*\]$/, '')
          .split(', ')
          .map((name) => resolvedName(name).replace(/ \(under the condition .*\)$/, ''))
          .filter((name) => name !== ''),
        skipped: skipped.map(([, key = '', reason = '']) => ({ key: resolvedName(key), reason })),
      },
    ];
  });
}

/** Resolves the partition in the name of a looked-up key. */
export function resolvedName(name: string): string {
  return name.replace('<AWS.Partition>', 'aws');
}
