import { Html } from './html';

/** For screens in light and dark, and for paper. */
export const STYLE = new Html(`
:root{--ink:#16191f;--paper:#fff;--faint:#5f6b7a;--line:#d5dbdb;--soft:#f4f6f7;--good:#037f51;--bad:#b0151b;--calm:#0b5cad}
@media (prefers-color-scheme:dark){:root{--ink:#e9ebed;--paper:#10151c;--faint:#a0abb8;--line:#354150;--soft:#19212b;--good:#3ecf8e;--bad:#ff8080;--calm:#7ab8ff}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem;max-width:75rem;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;margin:0 0 1rem}
h2{font-size:1.2rem;margin:2.2rem 0 .8rem}
h3{font-size:1rem;margin:0}
dl{display:flex;flex-wrap:wrap;gap:.6rem 2.2rem;margin:0}
dt{color:var(--faint);font-size:.85em}
dd{margin:0;overflow-wrap:anywhere}
ul{padding-left:1.2rem}
.tiles,.legend{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.6rem}
.tiles li{flex:1 1 9rem;padding:.8rem 1rem;background:var(--soft);border-radius:6px;color:var(--faint)}
.tiles b{display:block;font-size:1.6rem;line-height:1.2;color:var(--ink)}
.legend{gap:.3rem 1.4rem;font-size:.9em;margin-bottom:1rem}
.legend li{display:flex;align-items:center;gap:.4rem}
article{border-top:1px solid var(--line);padding:1rem 0 1.4rem;break-inside:avoid}
.key{margin:.1rem 0 .6rem;color:var(--faint);font-size:.85em;overflow-wrap:anywhere}
.gaps{border-left:4px solid var(--bad);padding-left:1rem}
table{width:100%;border-collapse:collapse;font-size:.87em}
th{text-align:left;color:var(--faint);font-weight:600}
th,td{padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
thead{display:table-header-group}
tr{break-inside:avoid}
small{display:block;color:var(--faint)}
.id{font-family:ui-monospace,monospace;font-size:.92em}
.mismatch{color:var(--bad);font-weight:600}
.mismatch small{font-weight:400}
.timeline{display:block;width:100%;height:auto;margin-bottom:.4rem}
.axis,.tick{stroke:var(--line);stroke-width:2}
.timeline text{fill:var(--faint);font-size:12px}
.rotated{fill:var(--good);stroke:var(--paper)}
.automatic{fill:var(--paper);stroke:var(--calm);stroke-width:2.5}
.by-hand,.no-rotation{fill:var(--bad);stroke:var(--paper)}
.refused{stroke:var(--bad);stroke-width:3;fill:none}
.undecided{fill:var(--paper);stroke:var(--bad);stroke-width:2.5}
.baseline{stroke:var(--calm);stroke-width:4}
footer{color:var(--faint);font-size:.87em;border-top:1px solid var(--line);margin-top:2rem}
article table{table-layout:fixed}
article th:nth-child(1){width:11%}article th:nth-child(2){width:16%}article th:nth-child(3){width:12%}article th:nth-child(4){width:22%}article th:nth-child(6){width:15%}
@media (max-width:40rem){body{padding:1rem}article table{table-layout:auto}}
@media print{:root{--ink:#000;--paper:#fff;--faint:#444;--line:#bbb;--soft:#f2f2f2;--good:#037f51;--bad:#a00;--calm:#0b5cad}
body{padding:0;max-width:none;font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
h2{break-after:avoid}@page{margin:15mm;size:A4}}
`);
