const { default: Sequencer } = require('@jest/test-sequencer');

const SLOWEST = ['cdk-cli', 'exploration', 'fleet', 'compare', 'recipes', 'acceptance', 'provider-limits', 'construct-trees'];

/** Begins with what takes longest, which Jest would only learn from a first run, so that no processor waits for the last one. */
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
