; What the installer of Windows does besides: the firewall's rule for other machines on the network, asked for
; because it needs an administrator, and at the end the question what becomes of the data.
!define FIREWALL_RULE "Modular Gateway"

!macro customInstall
  ${ifNot} ${isUpdated}
    MessageBox MB_YESNO|MB_ICONQUESTION "Other computers on your network (such as the one your PHP application runs on) reach the gateway through the Windows firewall.$\r$\n$\r$\nAllow that now? Windows will ask for an administrator. You can do it later too." /SD IDNO IDNO firewallDone
      ; The program, not a port: another one may be chosen later. Only in networks that are marked as private or a domain's.
      ExecShellWait "runas" "$SYSDIR\netsh.exe" 'advfirewall firewall add rule name="${FIREWALL_RULE}" dir=in action=allow program="$INSTDIR\${APP_EXECUTABLE_FILENAME}" protocol=TCP profile=private,domain enable=yes' SW_HIDE
    firewallDone:
  ${endIf}
!macroend

!macro customUnInstall
  ${ifNot} ${isUpdated}
    ; Only where there is a rule is an administrator asked for again.
    nsExec::Exec '"$SYSDIR\netsh.exe" advfirewall firewall show rule name="${FIREWALL_RULE}"'
    Pop $0
    ${if} $0 == 0
      MessageBox MB_YESNO|MB_ICONQUESTION "Remove the firewall's rule too? Windows will ask for an administrator." /SD IDNO IDNO ruleKept
        ExecShellWait "runas" "$SYSDIR\netsh.exe" 'advfirewall firewall delete rule name="${FIREWALL_RULE}"' SW_HIDE
      ruleKept:
    ${endIf}
    DeleteRegValue HKCU "Software\Microsoft\Windows\CurrentVersion\Run" "${APP_ID}"
    MessageBox MB_YESNO|MB_ICONEXCLAMATION|MB_DEFBUTTON2 "Delete all data of the gateway too: databases, history, settings, WhatsApp logins?$\r$\n$\r$\nThis cannot be undone. With No it is there again after the next installation." /SD IDNO IDNO dataKept
      RMDir /r "$APPDATA\modular-gateway"
    dataKept:
  ${endIf}
!macroend
