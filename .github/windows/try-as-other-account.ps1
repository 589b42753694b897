# try-installer.ps1 as an account whose folder has a blank and letters outside ASCII in its name, who is no administrator,
# and on a machine without the Visual C++ runtime: as on a new PC. For throw-away machines only: it hides system files.
param([Parameter(Mandatory)] [string] $Installer)
$ErrorActionPreference = 'Stop'
$name = 'Zoë Müller'
$password = "Aa1!$([guid]::NewGuid())"
$secret = ConvertTo-SecureString $password -AsPlainText -Force
New-LocalUser -Name $name -Password $secret -PasswordNeverExpires | Out-Null
# By its id: the group has another name in each language.
Add-LocalGroupMember -SID 'S-1-5-32-545' -Member $name

$shared = Join-Path $env:PUBLIC 'gateway-trial'
New-Item -ItemType Directory -Force $shared | Out-Null
Copy-Item $Installer (Join-Path $shared 'setup.exe')
Copy-Item (Join-Path $PSScriptRoot 'try-installer.ps1') $shared
& icacls $shared /grant '*S-1-5-32-545:(OI)(CI)M' | Out-Null

$hidden = @()
foreach ($dll in 'vcruntime140.dll', 'vcruntime140_1.dll', 'msvcp140.dll') {
  $path = Join-Path $env:SystemRoot "System32\$dll"
  if (Test-Path $path) {
    & takeown /f $path | Out-Null
    & icacls $path /grant '*S-1-5-32-544:F' | Out-Null
    # What is in use can be renamed, too.
    Rename-Item $path "$dll.hidden"
    $hidden += $path
  }
}
try {
  $credential = [pscredential]::new($name, $secret)
  $out = Join-Path $shared 'said.txt'
  $arguments = @(
    '-NoProfile', '-ExecutionPolicy', 'Bypass', '-File', "`"$shared\try-installer.ps1`"",
    '-Installer', "`"$shared\setup.exe`"", '-Report', "`"$shared\tried`""
  )
  $trial = Start-Process powershell.exe -ArgumentList $arguments -Credential $credential -LoadUserProfile `
    -WorkingDirectory $shared -Wait -PassThru -RedirectStandardOutput $out -RedirectStandardError "$out.errors"
  Get-Content $out, "$out.errors" -ErrorAction SilentlyContinue
  if ($trial.ExitCode -ne 0) { throw "the trial as $name ended with $($trial.ExitCode)" }
} finally {
  foreach ($path in $hidden) { Rename-Item "$path.hidden" (Split-Path $path -Leaf) }
  if (Test-Path "$shared\tried") {
    New-Item -ItemType Directory -Force dist-packages\tried | Out-Null
    Copy-Item "$shared\tried" 'dist-packages\tried\zoe' -Recurse -Force
  }
}
