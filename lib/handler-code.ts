/**
 * The function's code: the handler that the build of this package has bundled.
 */
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { Stack, aws_lambda as lambda } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { handlerNotFound, stackWithoutAssets } from './synth-failures';
import { refuse } from './validation-error';

/** The first line of the bundle. If a bundler has moved this module, the app may have a `lambda/dist` of its own there. */
const MARK = /^\/\/ cdk-on-demand-key-rotation@(\S+)/;

let version: string | undefined;

/** The version of this package, from the first line of the bundle. */
export function handlerVersion(scope: Construct): string {
  const file = path.join(handlerFolder(scope), 'index.js');
  version ??= existsSync(file) ? MARK.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
  return version ?? refuse(scope, handlerNotFound(file));
}

/** The code, as an asset of the scope's stack. */
export function handlerCode(scope: Construct): lambda.Code {
  const code = lambda.Code.fromAsset(handlerFolder(scope));
  try {
    // Bound here, not by the function: a stack that takes no assets must be refused before anything else is created.
    code.bind(scope);
  } catch (error) {
    refuse(scope, stackWithoutAssets(Stack.of(scope).node.path, firstLine(error)));
  }
  return code;
}

function handlerFolder(scope: Construct): string {
  // A bundler may have turned this into an ES module, which has no __dirname.
  if (typeof __dirname === 'undefined') refuse(scope, handlerNotFound('this app'));
  return path.join(__dirname, '..', 'lambda', 'dist');
}

function firstLine(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
  return line.replace(/\.$/, '');
}
