const { availableParallelism } = require('node:os');

module.exports = {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/environment.ts',
  testSequencer: '<rootDir>/test/slowest-first.js',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  transform: { '\\.ts$': '@swc/jest' },
  // Ends what hangs; no test is to be that slow.
  testTimeout: 600_000,
  // The tests of the command line wait for its polling for half of their time.
  maxWorkers: availableParallelism() + 1,
};
