/**
 * Builds one app, and reports what is wrong with it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import { declareAll, newApp } from './building';
import { hasCircularDependency } from './impossible';
import { type Violation, kindOf, violationIn } from './invariants';
import type { World } from './libraries';
import { type Look, lookAt } from './look';
import type { AppPlan, Declaration, StagePlan } from './plan';
import { isJustified } from './refusals';
import { type Rendered, render } from './rendered';
import { Site } from './site';
import { InvalidTemplate } from './template';

export type Verdict =
  | { readonly is: 'rendered'; readonly rotations: number }
  | { readonly is: 'refused'; readonly code: string }
  /** The CDK would refuse the app, whatever the library does. */
  | { readonly is: 'impossible' }
  /** It throws an error of a known kind. */
  | { readonly is: 'known' }
  | { readonly is: 'violation'; readonly violation: Violation };

export function tryPlan(world: World, plan: AppPlan, known: ReadonlySet<string> = new Set()): Verdict {
  const cdk = plan.otherCdk ? world.otherCdk() : world.cdk;
  return inFolder((folder) => {
    const app = newApp(cdk, plan, folder);
    const site = new Site(cdk, plan, plan.bundled ? world.bundled : world.library, world.otherCopy);
    let rendered: Rendered;
    let again: Rendered | undefined;
    try {
      declareAll(site, app);
      rendered = render(cdk, app);
      if (plan.synthTwice) {
        app.synth({ force: true });
        again = render(cdk, app);
      }
    } catch (error) {
      return refusal(site, error instanceof Error ? error : new Error(String(error)), pathsIn(app), known);
    }
    const look = lookedAt(site, rendered);
    if ('invariant' in look) return { is: 'violation', violation: look };
    const violation = violationIn(look, known) ?? (again && difference(site, rendered, again));
    return violation ? { is: 'violation', violation } : { is: 'rendered', rotations: look.scenes[0].rotations.length };
  });
}

function lookedAt(site: Site, rendered: Rendered): Look | Violation {
  try {
    return lookAt(site, rendered);
  } catch (error) {
    if (error instanceof InvalidTemplate) return { invariant: 'templates are valid', message: error.message };
    throw error;
  }
}

function pathsIn(app: App): string[] {
  return app.node
    .findAll()
    .map(({ node }) => node.path)
    .filter((path) => path !== '');
}

function difference({ aspects }: Site, first: Rendered, second: Rendered): Violation | undefined {
  // An Aspect may add its keys elsewhere the second time.
  if (aspects.length > 0) return undefined;
  const templateOf = ({ stacks }: Rendered, path: string) => JSON.stringify(stacks.get(path)?.template);
  const other = [...second.stacks.keys()].find((path) => templateOf(first, path) !== templateOf(second, path));
  return other === undefined
    ? undefined
    : { invariant: 'a second synthesis renders the same', message: `${other} does not` };
}

function inFolder<T>(act: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'construct-trees-'));
  try {
    return act(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SENTENCES = 'errors are our sentences and name the construct';
const JUSTIFIED = 'every refusal has a reason';

function refusal(site: Site, error: Error, paths: readonly string[], known: ReadonlySet<string>): Verdict {
  const broken = (invariant: string): Verdict => {
    const violation = { invariant, message: `${error.name}: ${error.message}`.slice(0, 1000) };
    return known.has(kindOf(violation)) ? { is: 'known' } : { is: 'violation', violation };
  };
  const codes = codesIn(error);
  if (codes.length > 0) {
    if (![...paths, 'The app: '].some((path) => error.message.includes(path))) return broken(SENTENCES);
    return codes.every((code) => isJustified(site, code)) ? { is: 'refused', code: codes.join() } : broken(JUSTIFIED);
  }
  if (hasCircularDependency(site) || !isPossible(site)) return { is: 'impossible' };
  return broken(SENTENCES);
}

/** The codes of our sentences in an error, one or several that the CDK has collected; empty if it contains anything else. */
function codesIn({ message }: Error): string[] {
  const collected = /^Validation failed with the following errors:\n/;
  const sentences = message.startsWith('Validation failed with the following errors:\n')
    ? message
        .replace(collected, '')
        .split(/^ {2}(?=\[)/m)
        .slice(1)
    : [message];
  const codes = sentences.map((sentence) => /(?:^|\] )\[(\w+)\] NOT ROTATED\. /.exec(sentence)?.[1]);
  return codes.some((code) => code === undefined)
    ? []
    : [...new Set(codes.filter((code) => code !== undefined))].sort();
}

/** Whether the CDK accepts the app without the library's constructs. */
function isPossible({ cdk, plan, library, otherCopy }: Site): boolean {
  return inFolder((folder) => {
    const bare = { ...plan, children: withoutLibrary(plan.children) };
    try {
      const app = newApp(cdk, bare, folder);
      declareAll(new Site(cdk, bare, library, otherCopy), app);
      app.synth({ force: plan.synthTwice });
      return true;
    } catch {
      return false;
    }
  });
}

function withoutLibrary(declarations: readonly Declaration[]): Declaration[] {
  return declarations.flatMap((one): Declaration[] => {
    if (one.kind === 'pipeline') return [{ ...one, stages: withoutLibrary(one.stages) as StagePlan[] }];
    if ('children' in one) return [{ ...one, children: withoutLibrary(one.children) }];
    return one.kind === 'key' || one.kind === 'aspect' ? [one] : [];
  });
}
