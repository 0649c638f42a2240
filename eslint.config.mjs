import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['**/*.js', '**/*.d.ts', 'cdk.out/**'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['eslint.config.mjs'] } } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js'] })],
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'import-x/no-cycle': 'error',
      // CONTRIBUTING.md says which folder uses which.
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            { target: './local', from: ['./bin', './cli', './lambda', './lib', './tools'] },
            { target: './lib', from: ['./bin', './cli', './lambda', './local', './tools'] },
            {
              target: './lambda',
              from: './lib',
              except: ['./protocol.ts', './sentence.ts', './rotation-token.ts'],
            },
            { target: './lambda', from: ['./bin', './cli', './local', './tools'] },
            { target: './cli', from: ['./bin', './local', './tools'] },
            { target: './bin', from: ['./cli', './lambda', './local', './tools'] },
          ],
        },
      ],
    },
  },
  {
    // An app of its own, which finds the package where it is installed. Here its name stands for `lib/`.
    files: ['examples/**/*.ts'],
    languageOptions: { parserOptions: { projectService: false, project: 'test/tsconfig.json' } },
  },
);
