import { type Configuration, DOCUMENTED, type Pace } from '../simulation/configuration';

const MINUTE = 60;
/** Without a start date a rotation does not show at all until it is over. */
const invisible = (seconds: number): Pace => ({ startDateGone: 0, inForce: seconds * 1000, listed: seconds * 1000 });
const visible = (seconds: number): Pace => ({
  startDateGone: seconds * 1000,
  inForce: seconds * 1000,
  listed: seconds * 1000,
});

/** Beyond what is documented and recorded: each configuration is named for the bound that it breaks, and keeps all others. */
const BROKEN: Readonly<Record<string, Partial<Configuration>>> = {
  'every read lags by ten minutes': { kmsReadLag: 600, ledgerReadLag: 600 },
  'reads of the ledger lag by ten minutes': { ledgerReadLag: 600 },
  'rotations take an hour': { pace: visible(60 * MINUTE) },
  'rotations are invisible for eight minutes': { pace: invisible(8 * MINUTE), isPunctual: false },
  'rotations are invisible for fifty minutes': { pace: invisible(50 * MINUTE), isPunctual: false },
  'multi-Region rotations are invisible for eight minutes': { multiRegion: true, pace: invisible(8 * MINUTE) },
  'KMS swallows calls until ten minutes after the rotation is listed': { swallowing: 600 },
  'the history has no order': { historyOrder: 'none' },
  'the history begins with the newest': { historyOrder: 'newest first' },
  'clocks are five minutes apart': { clockSkews: [0, 300, -300], isPunctual: false },
  'requests have a minute': { completionTimeout: 60 },
  'reads lag by ten minutes, clocks are five minutes apart, and the history has no order': {
    kmsReadLag: 600,
    ledgerReadLag: 600,
    clockSkews: [300, 0, -300],
    historyOrder: 'none',
    isPunctual: false,
  },
  'rotations are invisible for eight minutes, reads lag by ten, KMS swallows for ten, and requests have a minute': {
    pace: invisible(8 * MINUTE),
    kmsReadLag: 600,
    ledgerReadLag: 600,
    swallowing: 600,
    completionTimeout: 60,
    isPunctual: false,
  },
};

/** Without the axiom of atomic creation promises may break. */
const WITHOUT_AXIOM: Readonly<Record<string, Partial<Configuration>>> = {
  'two creations of a record at once both succeed, and the later one is told': {
    creation: 'both succeed, and the later one is told',
  },
  'two creations of a record at once both succeed, and nobody is told': {
    creation: 'both succeed, and nobody is told',
  },
};

const named = (table: Readonly<Record<string, Partial<Configuration>>>): Configuration[] =>
  Object.entries(table).map(([name, broken]) => ({ ...DOCUMENTED, ...broken, name }));

/** Every promise holds in each of these. */
export const configurations: readonly Configuration[] = [DOCUMENTED, ...named(BROKEN)];

export const withoutAxiom: readonly Configuration[] = named(WITHOUT_AXIOM);
