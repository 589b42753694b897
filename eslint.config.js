import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';
import { layerZones } from './tests/support/layer-zones.js';

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', '.cache/**', 'artifacts/**', 'node_modules/**'] },
  {
    files: ['**/*.{ts,tsx,mts}'],
    extends: [...tseslint.configs.strictTypeChecked, prettier],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.tsx', '.js', '.mjs'] })],
    },
    rules: {
      'import-x/order': [
        'error',
        {
          groups: ['builtin', 'external', ['parent', 'sibling', 'index']],
          alphabetize: { order: 'asc', caseInsensitive: true },
          'newlines-between': 'never',
        },
      ],
      'import-x/no-restricted-paths': ['error', { zones: layerZones, basePath: import.meta.dirname }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      // Reading `process.env['NAME']` and index signatures with brackets marks them as unchecked keys.
      '@typescript-eslint/dot-notation': 'off',
      'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
    },
  },
  {
    files: ['main/gateway/**/*.ts', 'main/contracts/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              // electron-log/node is the one Electron-named package that runs without Electron.
              regex: '^electron($|/)|^electron-(?!log/node$)',
              message: 'The gateway runs without Electron: take what you need through a port of gateway.ts.',
            },
          ],
        },
      ],
    },
  },
  {
    // Windows are listened to in one place, which checks who asks and what; a page has the bridge and nothing else.
    files: ['main/**/*.ts', 'preload/**/*.ts', 'renderer/**/*.{ts,tsx}'],
    ignores: [
      'main/desktop/console-ipc.ts',
      'preload/preload.ts',
      // Without Electron altogether, above.
      'main/gateway/**',
      'main/contracts/**',
    ],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'electron',
              importNames: ['ipcMain', 'ipcRenderer'],
              message:
                'Calls go through main/desktop/console-ipc.ts and preload/: add one to contracts/console.',
            },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name=/^(ipcMain|ipcRenderer)$/]',
          message: 'Calls go through main/desktop/console-ipc.ts and preload/: add one to contracts/console.',
        },
        {
          selector: "MemberExpression[property.name='ipc'][object.property.name=/^(webContents|mainFrame)$/]",
          message: 'Calls go through main/desktop/console-ipc.ts: add one to contracts/console.',
        },
      ],
    },
  },
  {
    files: ['main/gateway/**/*.ts', 'main/contracts/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.object.name='AbortSignal'][callee.property.name='any'] CallExpression[callee.object.name='AbortSignal'][callee.property.name='timeout']",
          message:
            'Node 20 lets the garbage collector take a time-out that only `any` holds: use an AbortController and setTimeout.',
        },
      ],
    },
  },
  {
    // The composition root names every part once; the pool is one state that all its functions share.
    files: ['main/gateway/gateway.ts', 'main/gateway/storage/tenant-connections.ts'],
    rules: { 'max-lines': ['warn', { max: 480, skipBlankLines: true, skipComments: true }] },
  },
  {
    files: ['tests/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': 'off',
      'no-console': 'off',
      // What is shown, written or told a moment later is waited for, and as long as everything else.
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.name='expect'] > AwaitExpression > CallExpression[callee.property.name=/^(isVisible|isHidden|isEnabled|isDisabled|isChecked|count|innerText|textContent|inputValue|allInnerTexts|allTextContents|getAttribute)$/]",
          message: 'A page changes a moment later: use expect.poll, or waitFor of the locator.',
        },
        {
          selector:
            "CallExpression[callee.property.name=/^toContain/] CallExpression[callee.name='expect'] AwaitExpression > CallExpression[callee.property.name='readLog']",
          message: 'Lines are written a moment later: use expect.poll, or waitUntil.',
        },
        {
          selector:
            "CallExpression[callee.object.name='expect'][callee.property.name='poll'] > ObjectExpression > Property[key.name='timeout']",
          message: 'A busy machine is nobody’s fault: leave it to the patience of tests/support/patience.ts.',
        },
        {
          selector:
            "CallExpression[callee.name='waitUntil'] Property[key.name='timeoutMs'] > Literal[raw=/^(\\d{1,3}|[0-5]?\\d_\\d{3}|60_000)$/]",
          message: 'A busy machine is nobody’s fault: leave it to the patience of tests/support/patience.ts.',
        },
      ],
    },
  },
);
