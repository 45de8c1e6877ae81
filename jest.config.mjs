// Tests run from source; what another package exports is taken from its build (`pnpm build` first).
export default {
  testEnvironment: './test/jest-environment.mjs',
  // Real servers start in many of them; a busy machine takes its time.
  testTimeout: 60_000,
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2024' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
};
