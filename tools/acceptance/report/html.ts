import { escaped } from '../../../cli/evidence/html';
import type { BoundResult } from '../bounds';
import { plotOf } from './plot';
import type { Report, ReportedPart } from './report';
import {
  DIFFERENCES,
  MEASUREMENTS,
  differencesOf,
  leftovers,
  measurementsOf,
  number,
  placeOf,
  roomOf,
  timeOf,
  verdictOf,
} from './words';

/** The report as one self-contained page, light or dark as the reader's system is. */
export function htmlOf(report: Report): string {
  const isGood =
    report.about.interruption === undefined &&
    report.bounds.every(({ outcome }) => outcome !== 'broken') &&
    report.parts.every(({ steps }) => steps.every(({ outcome }) => outcome !== 'broken'));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Acceptance report ${escaped(report.about.id)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="eyebrow">cdk-on-demand-key-rotation</p>
<h1>Acceptance report</h1>
<p class="verdict ${isGood ? 'good' : 'bad'}">${escaped(verdictOf(report))}</p>
<p>${escaped(placeOf(report))}.<br>${escaped(timeOf(report))}.</p>
</header>
<main>
<section>
<h2>Bounds</h2>
<p>What is assumed of AWS, and what was measured. A dot is a sample; the thin line is their median.</p>
${report.bounds.map(boundCard).join('\n')}
</section>
<section>
<h2>Expectations</h2>
${report.parts.map(partOf).join('\n')}
</section>
<section>
<h2>Measurements</h2>
${table(MEASUREMENTS, measurementsOf(report))}
</section>
<section>
<h2>Remarks</h2>
${Object.entries(report.notes)
  .map(
    ([name, lines]) => `<h3>${escaped(name)}</h3><ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>`,
  )
  .join('\n')}
</section>
<section>
<h2>Answers that differ from those of the local AWS</h2>
<p>${report.replayed.calls} recorded calls were made again on the local AWS; ${report.replayed.differences.length} members of answers differ.</p>
${report.replayed.differences.length === 0 ? '' : table(DIFFERENCES, differencesOf(report))}
</section>
<section>
<h2>What is left</h2>
<p>${code(leftovers(report))}</p>
</section>
</main>
</body>
</html>
`;
}

const SIGNS = { holds: '✓', held: '✓', broken: '✗', 'not measured': '·', 'not reached': '·', 'not possible': '–' };
const CLASSES = {
  holds: 'good',
  held: 'good',
  broken: 'bad',
  'not measured': '',
  'not reached': '',
  'not possible': '',
};

function boundCard(result: BoundResult): string {
  const { bound, distribution, outcome, samples } = result;
  const facts = distribution
    ? `${samples.length} samples · median ${number(distribution.median)} · p99 ${number(distribution.p99)} · worst ${number(distribution.max)}`
    : 'no samples';
  return `<article class="bound">
<div><h3><span class="badge ${CLASSES[outcome]}">${SIGNS[outcome]} ${outcome}</span> ${escaped(bound.name)}</h3>
<p>${code(bound.says)}</p>
<p class="small">On it rests ${escaped(bound.restsOnIt)} (${escaped(bound.source)}).<br>${escaped(facts)}.<br><strong>${escaped(roomOf(result))}</strong></p></div>
<div class="plot">${plotOf(result)}</div>
</article>`;
}

function partOf({ name, seconds, steps }: ReportedPart): string {
  return `<h3>${escaped(name)} <span class="small">${Math.round(seconds)} s</span></h3>
<ul class="steps">${steps
    .map(
      ({ item, expected, outcome, reason }) =>
        `<li><span class="badge ${CLASSES[outcome]}">${SIGNS[outcome]} ${outcome}</span> ${code(item)}<br><span class="small">Expected: ${code(expected)}.</span>${
          reason === undefined ? '' : `<pre>${escaped(reason)}</pre>`
        }</li>`,
    )
    .join('')}</ul>`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[], tag: string): string =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table>${cells(header, 'th')}${rows.map((row) => cells(row, 'td')).join('')}</table></div>`;
}

/** Renders the checklist's backticks, and reduces its links to their text. */
function code(text: string): string {
  return escaped(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, '$1');
}

const STYLE = `
:root { --paper: #fbfbfa; --ink: #1c2024; --soft: #60646c; --line: #dcdfe3; --card: #ffffff; --good: #1a7f4b; --bad: #c62a2f;
  --within: #e6f4ec; --beyond: #fdeaea; --dot: #2f6fb0; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --ink: #e6e8eb; --soft: #9ba1a9; --line: #33383f; --card: #1c1f23; --good: #58c48b; --bad: #ff8589;
    --within: #17301f; --beyond: #3a1d1f; --dot: #7ab3ea; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header, main { max-width: 1060px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { font-size: 32px; line-height: 1.2; margin: 0 0 12px; }
h2 { font-size: 22px; margin: 44px 0 8px; }
h3 { font-size: 16px; margin: 24px 0 6px; }
.eyebrow { margin: 0; color: var(--soft); font-size: 14px; }
.verdict { border-left: 4px solid var(--good); padding: 4px 0 4px 14px; font-size: 18px; }
.verdict.bad { border-color: var(--bad); }
.small { color: var(--soft); font-size: 14px; font-weight: 400; }
.small strong { color: var(--ink); }
.bound { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 20px; align-items: center; background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; padding: 12px 18px; margin: 12px 0; }
.bound h3 { margin: 0 0 4px; } .bound p { margin: 4px 0; }
@media (max-width: 760px) { .bound { grid-template-columns: minmax(0, 1fr); } }
.badge { display: inline-block; border: 1px solid var(--line); border-radius: 4px; padding: 0 7px; font-size: 13px; font-weight: 600;
  color: var(--soft); white-space: nowrap; }
.badge.good { color: var(--good); border-color: currentColor; } .badge.bad { color: var(--bad); border-color: currentColor; }
.steps { list-style: none; padding: 0; margin: 0; } .steps li { padding: 7px 0; border-top: 1px solid var(--line); }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px; overflow-x: auto; font-size: 13px; white-space: pre-wrap;
  overflow-wrap: anywhere; }
code { font-size: 0.92em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
svg { width: 100%; height: auto; display: block; }
svg .axis { stroke: var(--line); } svg .tick { fill: var(--soft); font-size: 11px; } svg .name { fill: var(--ink); font-size: 11px; }
svg .within { fill: var(--within); } svg .beyond { fill: var(--beyond); }
svg .limit { stroke: var(--bad); stroke-width: 2; } svg .median { stroke: var(--ink); stroke-width: 1; }
svg g.good { fill: var(--dot); fill-opacity: 0.55; } svg g.bad { fill: var(--bad); fill-opacity: 0.6; }
svg rect.good { fill: var(--dot); } svg rect.bad { fill: var(--bad); }
footer { color: var(--soft); }
`;
