/**
 * What fleets say of keys, read from the messages of the assembly.
 */
import type { Message, Rendered } from './rendered';

/** A fleet's report on one stack. */
export interface Report {
  readonly message: Message;
  readonly fleet: string;
  /** The path of the stack that it is about; undefined for the one that it stands in. */
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
          .map((name) => knownName(name).replace(/ \(under the condition .*\)$/, ''))
          .filter((name) => name !== ''),
        skipped: skipped.map(([, key = '', reason = '']) => ({ key: knownName(key), reason })),
      },
    ];
  });
}

/** The name of a key that was looked up has its partition in it as a token. */
export function knownName(name: string): string {
  return name.replace('<AWS.Partition>', 'aws');
}
