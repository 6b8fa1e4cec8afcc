import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Files, but for their tests, that may not import what the patterns name. */
const noImports = (files, ...patterns) => ({
  files,
  ignores: ['**/*.test.ts', '**/*.suite.ts'],
  rules: {
    'no-restricted-imports': ['error', { patterns: patterns.filter(({ group }) => group.length > 0) }],
  },
});

/** The rooms of the library, from the top down. */
const ROOMS = ['door', 'login', 'tokens', 'resource-server', 'oidc', 'session', 'platform', 'config', 'errors'];

/** What runs beside apps, and is no part of any. */
const TOOLS = ['**/provider/**', '**/doctor/**', '**/testing/**', '**/command/**'];

export default tseslint.config(
  // Apps and providers of others have their own packages and rules; a test checks their types where these are installed.
  { ignores: ['dist', 'test-results', 'playwright-report', 'e2e/foreign/**/*.?(c)ts', 'e2e/providers/*.js'] },
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js', 'prestart.js'] } },
    },
    rules: {
      'no-console': 'error',
      // Playwright finds out by the braces what a fixture needs, also where that is nothing.
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // How Express wants its Request to be extended; a .d.ts file would not get into the package.
      '@typescript-eslint/no-namespace': ['error', { allowDeclarations: true }],
      // Express 5 awaits handlers and forwards what they reject with.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, returns: false } }],
      // Interfaces of libraries want promises where we have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
    },
  },
  // The border: what the owner edits sees the library by its surface, and the library sees nothing of the app.
  noImports(['src/app/**/*.ts', 'src/api/**/*.ts'], {
    group: ['**/gatehouse/**', ...TOOLS],
    message: "The app uses the library's surface: import from '#gatehouse'.",
  }),
  // Inside the library imports go one way: door → login → tokens → oidc → session → platform → config, errors.
  ...ROOMS.map((room, n) =>
    noImports(
      [`src/gatehouse/${room}/**/*.ts`],
      {
        group: ['#gatehouse', '**/app/**', '**/api/**', '**/program/**', ...TOOLS],
        message: 'The library has to work where nothing else of this repository is.',
      },
      { group: ROOMS.slice(0, n).map((above) => `../${above}/**`), message: 'Imports inside the library go one way.' },
    ),
  ),
  // What the package holds works without the template.
  noImports(['src/{provider,doctor,testing,command}/**/*.ts', 'src/command.ts'], {
    group: ['#gatehouse', '**/app/**', '**/api/**', '**/program/{api,local,web}-*'],
    message: 'The template is not in the package.',
  }),
  {
    // The one script of the pages.
    files: ['public/**/*.js'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      parserOptions: { projectService: false },
      globals: Object.fromEntries(
        [
          'document',
          'navigator',
          'fetch',
          'setTimeout',
          'setInterval',
          'BroadcastChannel',
          'addEventListener',
          'location',
        ].map((name) => [name, false]),
      ),
    },
  },
  {
    files: ['**/*.test.ts', '**/*.suite.ts'],
    // node:test keeps track of the promises of its own tests and suites.
    rules: {
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: ['describe', 'it', 'test', 'before', 'after'].map((name) => ({
            from: 'package',
            package: 'node:test',
            name,
          })),
        },
      ],
    },
  },
  {
    files: ['views/**/*.js'],
    languageOptions: { globals: { document: 'readonly' } },
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    // Apps of other people: CommonJS, and no part of our program.
    files: ['e2e/foreign/**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      parserOptions: { projectService: false },
      globals: { process: 'readonly', __dirname: 'readonly' },
    },
    extends: [tseslint.configs.disableTypeChecked],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['eslint.config.js', 'prestart.js'],
    languageOptions: { globals: { process: 'readonly' } },
    extends: [tseslint.configs.disableTypeChecked],
  },
);
