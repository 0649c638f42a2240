import { App, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Sentence } from '../../lib/sentence';
import * as synthFailures from '../../lib/synth-failures';
import * as warnings from '../../lib/warnings';
import type { Message } from './message';

/** Every sentence that stops a synthesis. */
export function atSynthesis(): Message[] {
  return exported(synthFailures)
    .filter((each) => typeof each === 'function')
    .map((each) => {
      const failure = each as (...names: string[]) => Sentence;
      return { when: 'Synthesis', ...failure(...placeholders(failure)) };
    });
}

/** Every warning, by its ID. */
export function inWarnings(): Message[] {
  return exported(warnings).flatMap((each) => {
    const warn = each as (construct: IConstruct, ...names: string[]) => void;
    const stack = new Stack(new App(), 'Stack');
    warn(stack, ...placeholders(warn).slice(1));
    return stack.node.metadata.flatMap(({ data }) => {
      const [, what, code] = /^(.*) \[ack: cdk-on-demand-key-rotation:(\w+)\]$/.exec(String(data)) ?? [];
      return what === undefined || code === undefined ? [] : [{ when: 'Warning' as const, what, code }];
    });
  });
}

/** The exports of a module, sorted by name, because compilers may reorder them. */
function exported(module: Readonly<Record<string, unknown>>): unknown[] {
  return Object.keys(module)
    .sort()
    .map((name) => module[name]);
}

/** An argument named after each parameter: `<key region>` for `keyRegion`. */
function placeholders(failure: (...names: never[]) => unknown): string[] {
  const [, parameters = ''] = /^\(?([^)=]*)/.exec(failure.toString()) ?? [];
  return parameters
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => `<${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}>`);
}
