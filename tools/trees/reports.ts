/**
 * What fleets say of keys, read from the messages of the assembly.
 */
import type { Message, Rendered } from './rendered';

/** A fleet's report on one stack. */
export interface Report {
  readonly message: Message;
  readonly fleet: string;
  readonly rotated: readonly string[];
  readonly skipped: readonly { readonly key: string; readonly reason: string }[];
}

export function reportsOf({ messages }: Rendered): Report[] {
  return messages.flatMap((message) => {
    const [, fleet, count, list = ''] =
      /^(\S+) rotates (\d+) keys? of (?:this stack|\S+) with [^\n]*?(?:: ([^\n]*))?(?:\n|$)/.exec(message.text) ?? [];
    if (fleet === undefined || count === undefined) return [];
    const skipped = [...message.text.matchAll(/^- key (\S+) (.*)$/gm)];
    return [
      {
        message,
        fleet,
        rotated: list
          .replace(/ \[ack: .*\]$/, '')
          .split(', ')
          .map((name) => name.replace(/ \(under the condition .*\)$/, ''))
          .filter((name) => name !== ''),
        skipped: skipped.map(([, key = '', reason = '']) => ({ key, reason })),
      },
    ];
  });
}
