import { rmSync } from 'node:fs';
import { workspace } from './workspace';

export default function removeWorkspace(): void {
  rmSync(workspace(), { recursive: true });
}
