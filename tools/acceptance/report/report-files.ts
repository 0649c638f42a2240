import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { masked, type Recording } from '../recording';
import type { RunState } from '../run-state';
import { htmlOf } from './html';
import { markdownOf } from './markdown';
import type { Report } from './report';

const RECORDINGS = 'recordings.json';
const REPORT = 'report.json';

/** Adds to the recordings of an interrupted run. */
export function saveRecordings(
  folder: string,
  recordings: readonly Recording[],
  state: RunState,
  resumed: boolean,
): Recording[] {
  const before = resumed ? readRecordings(folder) : [];
  const all = [...before, ...masked(recordings, [state.account])];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, RECORDINGS), JSON.stringify(all, undefined, 1));
  return all;
}

export function readRecordings(folder: string): Recording[] {
  try {
    return JSON.parse(readFileSync(join(folder, RECORDINGS), 'utf8')) as Recording[];
  } catch {
    return [];
  }
}

/** @returns the paths, the page first. */
export function writeReport(folder: string, report: Report): string[] {
  mkdirSync(folder, { recursive: true });
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return [
    write('report.html', htmlOf(report)),
    write('report.md', markdownOf(report)),
    write(REPORT, JSON.stringify(report, undefined, 1)),
    join(folder, RECORDINGS),
  ];
}

export function readReport(folder: string): Report {
  return JSON.parse(readFileSync(join(folder, REPORT), 'utf8')) as Report;
}
