import { createHash } from 'node:crypto';

/** Stands for a token in logs, in CloudTrail and in reports. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 16);
}
