; The installer for Windows, compiled by scripts/packaging/nsis.mjs with NSIS 3 alone: no plug-in but those that NSIS brings.
; Defines: PROGRAM (the folder with bootbench.exe), OUTPUT, VERSION (1.2.3), ICON, LICENSE, REMOVE (a file with the macro removeProgram),
; COMPRESSOR. /S installs or removes without questions, /D=FOLDER elsewhere. Exit codes: 0 done, 1 cancelled, 2 Bootbench runs.
Unicode true
Target amd64-unicode
SetCompressor ${COMPRESSOR}
ManifestDPIAware true
RequestExecutionLevel admin
Name "Bootbench"
OutFile "${OUTPUT}"
InstallDir "$PROGRAMFILES64\Bootbench"
InstallDirRegKey HKLM "Software\Bootbench" "InstallLocation"
BrandingText "Bootbench ${VERSION}"
VIProductVersion "${VERSION}.0"
VIAddVersionKey ProductName "Bootbench"
VIAddVersionKey ProductVersion "${VERSION}"
VIAddVersionKey FileVersion "${VERSION}"
VIAddVersionKey FileDescription "Bootbench installer"
VIAddVersionKey LegalCopyright "Bootbench contributors, Apache-2.0"

!include "MUI2.nsh"
!include "LogicLib.nsh"
!include "FileFunc.nsh"
!include "x64.nsh"
!define APP_EXECUTABLE_FILENAME "bootbench.exe"
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Bootbench"
!include "firewall.nsh"
!include "${REMOVE}"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!insertmacro MUI_PAGE_LICENSE "${LICENSE}"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"

; For all users: the firewall rules need an administrator anyway.
!macro useSystem
  SetShellVarContext all
  SetRegView 64
!macroend

; Windows lets no one write to a program that runs.
!macro stopIfRunning
  ${If} ${FileExists} "$INSTDIR\${APP_EXECUTABLE_FILENAME}"
    ClearErrors
    FileOpen $0 "$INSTDIR\${APP_EXECUTABLE_FILENAME}" a
    ${If} ${Errors}
      MessageBox MB_OK|MB_ICONEXCLAMATION "Bootbench is running. Close it, then try again." /SD IDOK
      SetErrorLevel 2
      Quit
    ${EndIf}
    FileClose $0
  ${EndIf}
!macroend

Function .onInit
  !insertmacro useSystem
  ${IfNot} ${RunningX64}
    MessageBox MB_OK|MB_ICONSTOP "Bootbench needs 64-bit Windows." /SD IDOK
    Abort
  ${EndIf}
FunctionEnd

Function un.onInit
  !insertmacro useSystem
FunctionEnd

Section "Bootbench"
  !insertmacro stopIfRunning
  ; An older version may have files that this one does not have; its own uninstaller knows them.
  ${If} ${FileExists} "$INSTDIR\Uninstall.exe"
    ExecWait '"$INSTDIR\Uninstall.exe" /S _?=$INSTDIR'
  ${EndIf}
  SetOutPath "$INSTDIR"
  File /r "${PROGRAM}/*"
  WriteUninstaller "$INSTDIR\Uninstall.exe"
  CreateShortcut "$SMPROGRAMS\Bootbench.lnk" "$INSTDIR\${APP_EXECUTABLE_FILENAME}"

  WriteRegStr HKLM "Software\Bootbench" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayName" "Bootbench"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${APP_EXECUTABLE_FILENAME},0"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "Publisher" "Bootbench contributors"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
  WriteRegStr HKLM "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
  WriteRegStr HKLM "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoModify" 1
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "NoRepair" 1
  ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
  WriteRegDWORD HKLM "${UNINSTALL_KEY}" "EstimatedSize" $0

  ; "Open with" offers Bootbench for .iso; what a double click does stays Explorer's.
  WriteRegStr HKLM "Software\Classes\Bootbench.iso" "" "ISO disk image"
  WriteRegStr HKLM "Software\Classes\Bootbench.iso\DefaultIcon" "" "$INSTDIR\${APP_EXECUTABLE_FILENAME},0"
  WriteRegStr HKLM "Software\Classes\Bootbench.iso\shell\open\command" "" '"$INSTDIR\${APP_EXECUTABLE_FILENAME}" "%1"'
  WriteRegStr HKLM "Software\Classes\.iso\OpenWithProgids" "Bootbench.iso" ""

  !insertmacro addFirewallRules
SectionEnd

Section "Uninstall"
  !insertmacro stopIfRunning
  !insertmacro removeFirewallRules
  Delete "$SMPROGRAMS\Bootbench.lnk"
  DeleteRegValue HKLM "Software\Classes\.iso\OpenWithProgids" "Bootbench.iso"
  DeleteRegKey /ifempty HKLM "Software\Classes\.iso\OpenWithProgids"
  DeleteRegKey HKLM "Software\Classes\Bootbench.iso"
  DeleteRegKey HKLM "${UNINSTALL_KEY}"
  DeleteRegKey HKLM "Software\Bootbench"
  ; File by file, because the folder is the user's choice and may hold other files.
  !insertmacro removeProgram
  Delete "$INSTDIR\Uninstall.exe"
  SetOutPath "$TEMP"
  RMDir "$INSTDIR"
SectionEnd
