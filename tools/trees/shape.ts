import { createHash } from 'node:crypto';
import type { AppPlan } from './plan';

/**
 * A hash of a plan without its numbers: plans of one shape differ only in which candidates are picked and in how many there are.
 */
export function shapeOf(plan: AppPlan): string {
  return createHash('sha256').update(canonical(plan)).digest('base64url').slice(0, 12);
}

const NUMBERS = new Set(['pick', 'number', 'count', 'manyArns']);

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${name}:${isPick(name, item) ? '#' : canonical(item)}`)
    .join()}}`;
}

function isPick(name: string, item: unknown): boolean {
  return typeof item === 'number' && (NUMBERS.has(name) || ['key', 'provider', 'rotation'].includes(name));
}
