#!/bin/sh
# Install the Debian packages that the tests can use, if this user may; else say in one line which to install.
missing=""
for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing:$missing"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null && exit 0
fi
echo "Chưa có gói hệ thống, các kiểm thử cần đến chúng sẽ được bỏ qua / tests that need them are skipped: apt-get install$missing"
