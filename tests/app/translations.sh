#!/usr/bin/env bash
# Every text of the window has its Chinese: translations.sh ROOT LUPDATE. New texts are looked for in a copy of the file.
set -u
root=$1 lupdate=$2
copy=$(mktemp --suffix=.ts); trap 'rm -f "$copy"' EXIT
cp "$root/resources/translations/poolscope_zh_CN.ts" "$copy"
"$lupdate" -no-obsolete -locations none "$root/ui" -ts "$copy" >/dev/null 2>&1 || { echo "lupdate failed"; exit 1; }
unfinished=$(grep -c 'type="unfinished"' "$copy")
grep -B 2 'type="unfinished"' "$copy" | grep '<source>'
echo "$unfinished unfinished"
[ "$unfinished" = 0 ]
