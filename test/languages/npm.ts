import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export function installedVersion(directory: string, name: string): string {
  const manifest = readFileSync(join(directory, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
