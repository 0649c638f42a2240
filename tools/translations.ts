/**
 * Replaces jsii-rosetta's translations with the examples of each language.
 *
 *     node tools/translations.js
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { TABLET, type Tablet, translated } from './packages/translations';

const tablet = JSON.parse(gunzipSync(readFileSync(TABLET)).toString()) as Tablet;
writeFileSync(TABLET, gzipSync(JSON.stringify(translated(tablet, 'examples'))));
