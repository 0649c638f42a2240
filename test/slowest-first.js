const { default: Sequencer } = require('@jest/test-sequencer');

const SLOWEST = ['cdk-cli', 'exploration', 'fleet', 'compare', 'recipes', 'acceptance', 'provider-limits', 'construct-trees'];

/** Runs the slowest tests first, so that no processor waits for the last one. Jest itself learns that only from an earlier run. */
class SlowestFirst extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => {
      const index = SLOWEST.findIndex((name) => path.endsWith(`/${name}.test.ts`));
      return index < 0 ? SLOWEST.length : index;
    };
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
}

module.exports = SlowestFirst;
