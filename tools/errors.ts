/**
 * Writes the messages of synthesis, deployments and warnings into docs/errors.md, below its headings.
 *
 *     npm run docs:errors
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renewed } from './errors/catalogue';

const CATALOGUE = join(__dirname, '..', 'docs', 'errors.md');

writeFileSync(CATALOGUE, renewed(readFileSync(CATALOGUE, 'utf8')));
