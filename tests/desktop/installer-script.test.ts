import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram } from '../support/install-test-programs';

const makensis = findProgram('makensis');
const include = resolve('main/desktop/packaging/installer.nsh');

/** An installer that holds our parts, and of electron-builder's templates only what they name. */
const stub = (folder: string) => `
Unicode true
!include "MUI2.nsh"
!define TESTING_ALONE
!define APP_EXECUTABLE_FILENAME "Modular Gateway.exe"
!define PRODUCT_NAME "Modular Gateway"
!define APP_ID "io.modular-gateway.desktop"
!macro _isUpdated a b t f
  StrCmp "0" "1" \`\${t}\` \`\${f}\`
!macroend
!define isUpdated \`"" isUpdated ""\`
Var isForceCurrentInstall
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "Afrikaans"
!include "${include}"
Name "Modular Gateway"
OutFile "${join(folder, 'stub.exe')}"
InstallDir "$LOCALAPPDATA\\Programs\\modular-gateway"
Section
  !insertmacro customInstallMode
  !insertmacro customCheckAppRunning
  SetOutPath "$INSTDIR"
  WriteUninstaller "$INSTDIR\\uninstall.exe"
  !insertmacro customInstall
SectionEnd
Section "Uninstall"
  !insertmacro customCheckAppRunning
  !insertmacro customUnInstall
SectionEnd
`;

test.skipIf(makensis === undefined)('the parts of the Windows installer compile, without a warning', () => {
  const folder = mkdtempSync(join(tmpdir(), 'installer-script-'));
  try {
    writeFileSync(join(folder, 'stub.nsi'), stub(folder));
    const made = spawnSync(makensis ?? '', ['-V2', '-WX', join(folder, 'stub.nsi')], { encoding: 'utf8' });
    expect(`${made.stdout}${made.stderr}`).not.toMatch(/warning|error/i);
    expect(made.status).toBe(0);
    expect(statSync(join(folder, 'stub.exe')).size).toBeGreaterThan(10_000);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('every text of the installer is there in English and in Afrikaans', () => {
  const texts = [...readFileSync(include, 'utf8').matchAll(/^LangString (\w+) (\d+) "(.+)"$/gm)];
  const namesIn = (language: string) => texts.filter(([, , id]) => id === language).map(([, name]) => name);
  expect(namesIn('1033').length).toBeGreaterThan(3);
  expect(namesIn('1078')).toEqual(namesIn('1033'));
});

test('the entry at login has the name that the installer removes', () => {
  const appId = /^appId: (\S+)$/m.exec(readFileSync('electron-builder.yml', 'utf8'))?.[1];
  expect(appId).toBeDefined();
  expect(readFileSync('main/desktop/start-desktop.ts', 'utf8')).toContain(`const appId = '${appId ?? ''}'`);
  expect(readFileSync(include, 'utf8')).toMatch(/DeleteRegValue HKCU "[^"]+\\Run" "\$\{APP_ID\}"/);
});
