import { version } from '../../package.json';
import { stackName } from '../display-names';
import { type Html, html } from './html';
import { type Entry, type KeyEvidence, type Kind, MISMATCHES } from './key-evidence';
import type { Period } from './period';
import { STYLE } from './style';
import { MEANINGS, legend, timeline } from './timeline';

/** How the page was made. */
export interface Provenance {
  readonly generatedAt: string;
  readonly caller: string;
  readonly accountId: string;
  readonly regions: readonly string[];
  readonly from: string | undefined;
  readonly to: string;
  readonly calls: readonly (readonly [operation: string, count: number])[];
  /** What is missing, in sentences. */
  readonly gaps: readonly string[];
}

/** A self-contained page, for screen and print. */
export function page(keys: readonly KeyEvidence[], provenance: Provenance): string {
  const period = periodOf(keys, provenance);
  const withEvents = keys.filter(({ entries }) => entries.some(({ at }) => at !== undefined));
  const kinds = new Set(keys.flatMap(({ entries }) => entries.map(({ kind }) => kind)));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Key rotations of account ${provenance.accountId}</title>
        <style>
          ${STYLE}
        </style>
      </head>
      <body>
        <header>
          <h1>Rotations of KMS keys</h1>
          ${facts(provenance)}
        </header>
        ${
          provenance.gaps.length > 0
            ? html`<section class="gaps">
                <h2>What is missing from this page</h2>
                <ul>
                  ${provenance.gaps.map((gap) => html`<li>${gap}</li>`)}
                </ul>
              </section>`
            : undefined
        }
        <section>
          <h2>In short</h2>
          ${counts(keys)}
        </section>
        ${mismatches(keys)}
        ${
          withEvents.length > 0
            ? html`<section>
                <h2>Key by key</h2>
                ${legend(kinds)}${withEvents.map((key) => section(key, period))}
              </section>`
            : undefined
        }
        ${silent(keys)}
        <footer>
          <h2>How this was made</h2>
          <p>
            By cdk-on-demand-key-rotation ${version} with these calls, which change nothing:
            ${list(provenance.calls.map(([operation, count]) => `${operation} ${count}×`))}.
          </p>
          <p>
            Rotations and key material are what KMS lists (ListKeyRotations). Token, stack and request are what the
            ledger in Parameter Store records; a record belongs to the rotation that brought the key material it names.
            The caller is what CloudTrail’s event history, which reaches back 90 days, records of the call with the
            request ID that KMS answered.
          </p>
        </footer>
      </body>
    </html> `.text;
}

function facts({ generatedAt, caller, accountId, regions, from, to }: Provenance): Html {
  const rows: [string, string][] = [
    ['Account', accountId],
    ['Regions', regions.join(', ')],
    ['Period', `${from === undefined ? 'all that is recorded' : seconds(from)} to ${seconds(to)}`],
    ['Generated', seconds(generatedAt)],
    ['By', caller],
  ];
  return html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function counts(keys: readonly KeyEvidence[]): Html {
  const of = (...kinds: Kind[]) =>
    keys.reduce((sum, { entries }) => sum + entries.filter(({ kind }) => kinds.includes(kind)).length, 0);
  const tiles: [number, string][] = [
    [keys.length, 'keys'],
    [of('rotated'), 'rotations for a token'],
    [of('automatic'), 'automatic rotations'],
    [of(...MISMATCHES), 'to be explained'],
  ];
  return html`<ul class="tiles">
    ${tiles.map(([count, what]) => html`<li><b>${count}</b> ${what}</li>`)}
  </ul>`;
}

function mismatches(keys: readonly KeyEvidence[]): Html {
  const rows = keys.flatMap((key) =>
    key.entries.filter(({ kind }) => MISMATCHES.includes(kind)).map((entry) => ({ key, entry })),
  );
  if (rows.length === 0)
    return html`<section>
      <h2>To be explained</h2>
      <p>Nothing: every rotation has its record, and every record its rotation.</p>
    </section>`;
  return html`<section>
    <h2>To be explained</h2>
    <table>
      <thead>
        <tr>
          <th>Key</th>
          <th>When (UTC)</th>
          <th>What</th>
          <th>Details</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ key, entry }) =>
            html`<tr>
              <td>${nameOf(key)}</td>
              <td>${when(entry)}</td>
              <td class="mismatch">${MEANINGS[entry.kind] ?? entry.kind}</td>
              <td>${details(entry)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function section(key: KeyEvidence, period: Period): Html {
  const { keyArn, aliases, kind, state, entries } = key;
  return html`<article>
    <h3>${nameOf(key)}</h3>
    <p class="key">
      ${keyArn}${aliases.length > 1 ? ` (${aliases.slice(1).join(', ')})` : ''} · ${kind ?? 'kind unknown'} ·
      ${state ?? 'state unknown'}
    </p>
    ${timeline(entries, period, nameOf(key))}
    <table>
      <thead>
        <tr>
          <th>When (UTC)</th>
          <th>What</th>
          <th>Token</th>
          <th>Asked for by</th>
          <th>Caller</th>
          <th>Key material</th>
        </tr>
      </thead>
      <tbody>
        ${entries.map(
          (entry) =>
            html`<tr>
              <td>${when(entry)}</td>
              <td class="${MISMATCHES.includes(entry.kind) ? 'mismatch' : ''}">
                ${MEANINGS[entry.kind] ?? entry.kind}${entry.reason === undefined ? '' : html`<small>${entry.reason}</small>`}
              </td>
              <td>${entry.token ?? '–'}</td>
              <td>${askedBy(entry)}</td>
              <td>${callerOf(entry)}</td>
              <td>${material(entry)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </article>`;
}

/** The keys without an event. */
function silent(keys: readonly KeyEvidence[]): Html | undefined {
  const rows = keys.filter(({ entries }) => entries.every(({ at }) => at === undefined));
  if (rows.length === 0) return undefined;
  return html`<section>
    <h2>Keys without an entry in this period</h2>
    <table>
      <thead>
        <tr>
          <th>Key</th>
          <th>ARN</th>
          <th>Kind</th>
          <th>State</th>
          <th>Created (UTC)</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (key) =>
            html`<tr>
              <td>${nameOf(key)}</td>
              <td class="id">${key.keyArn}</td>
              <td>${key.kind ?? '?'}</td>
              <td>${key.state ?? '?'}</td>
              <td>${key.createdAt?.slice(0, 10) ?? '?'}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function askedBy({ stackId, logicalResourceId, requestId }: Entry): Html {
  if (stackId === undefined) return html`–`;
  return html`${stackName(stackId)}<small>${logicalResourceId ?? ''}</small
    ><small class="id">${requestId ?? ''}</small>`;
}

function callerOf({ caller, sourceIp, trail, kmsRequestId }: Entry): Html {
  const request = kmsRequestId === undefined ? '' : html`<small class="id">${kmsRequestId}</small>`;
  switch (trail) {
    case 'found':
      return html`<span class="id">${caller ?? 'unknown'}</span><small>${sourceIp ?? ''}</small>${request}`;
    case 'missing':
      return html`<span class="mismatch">not in CloudTrail</span>${request}`;
    case 'out of reach':
      return html`out of CloudTrail’s reach${request}`;
    default:
      return html`–`;
  }
}

function material({ materialBefore, materialAfter }: Entry): Html {
  if (materialBefore === undefined && materialAfter === undefined) return html`–`;
  const short = (id: string | undefined) =>
    html`<span class="id" title="${id ?? ''}">${id?.slice(0, 16) ?? '?'}</span>`;
  return html`${short(materialBefore)} → ${short(materialAfter)}`;
}

function details({ reason, token, stackId, caller, materialAfter }: Entry): string {
  return (
    reason ??
    [
      token === undefined ? undefined : `token ${JSON.stringify(token)}`,
      stackId === undefined ? undefined : `by ${stackName(stackId)}`,
      caller === undefined ? undefined : `called by ${caller}`,
      materialAfter === undefined ? undefined : `material ${materialAfter.slice(0, 16)}`,
    ]
      .filter((part) => part !== undefined)
      .join(', ')
  );
}

function seconds(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}

function when({ at }: Entry): Html {
  return at === undefined ? html`–` : html`<span class="date">${at.slice(0, 10)}</span> ${at.slice(11, 19)}`;
}

function nameOf({ aliases, keyId }: KeyEvidence): string {
  return aliases[0] ?? keyId;
}

function list(items: readonly string[]): string {
  return items.join(', ');
}

/** Without --from, the time lines start with the first event. */
function periodOf(keys: readonly KeyEvidence[], { from, to }: Provenance): Period {
  const moments = keys.flatMap(({ entries }) =>
    entries.flatMap(({ at }) => (at === undefined ? [] : [Date.parse(at)])),
  );
  const end = Date.parse(to);
  const first = moments.reduce((one, other) => Math.min(one, other), end);
  return { from: from === undefined ? first : Date.parse(from), to: end };
}
