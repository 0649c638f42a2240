import { App, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Sentence } from '../../lib/sentence';
import * as synthFailures from '../../lib/synth-failures';
import * as warnings from '../../lib/warnings';
import type { Said } from './said';

/** Every sentence that stops a synthesis. */
export function atSynthesis(): Said[] {
  return exported(synthFailures)
    .filter((each) => typeof each === 'function')
    .map((each) => {
      const failure = each as (...names: string[]) => Sentence;
      return { when: 'Synthesis', ...failure(...placeholders(failure)) };
    });
}

/** Every warning, by its ID. */
export function inWarnings(): Said[] {
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

/** What a module exports, by name: a compiler is free to choose another order. */
function exported(module: Readonly<Record<string, unknown>>): unknown[] {
  return Object.keys(module)
    .sort()
    .map((name) => module[name]);
}

/** `<key region>` for the parameter `keyRegion`, and so on: what is handed over is what its parameter is called. */
function placeholders(failure: (...names: never[]) => unknown): string[] {
  const [, parameters = ''] = /^\(?([^)=]*)/.exec(failure.toString()) ?? [];
  return parameters
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => `<${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}>`);
}
