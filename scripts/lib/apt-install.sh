#!/bin/sh
# Installs packages without starting or enabling any service that they bring.
#   apt-install.sh STATE_DIR LEAST_PACKAGE|- LEAST_VERSION|- PACKAGE...
# A program of its own, so that it ends what it began even when the run that called it is killed.
set -eu
state=$1 least_package=$2 least_version=$3
shift 3
guard=/usr/sbin/policy-rc.d
aside=$guard.before-sluice
before=$state/enabled-before
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C

mkdir -p "$state"
exec 9>"$state/lock"
flock 9

enabled_units() { find /etc/systemd/system -type l -path '*.wants/*' 2>/dev/null | sort; }
started_scripts() { find /etc/rc2.d /etc/rc3.d /etc/rc4.d /etc/rc5.d -name 'S[0-9][0-9]*' 2>/dev/null | sort; }

# What was not enabled before is not enabled afterwards.
disable_new() {
  [ -e "$before.units" ] || return 0
  enabled_units | comm -13 "$before.units" - | while read -r unit; do rm -f "$unit"; done
  started_scripts | comm -13 "$before.scripts" - | sed 's|.*/S[0-9][0-9]||' | sort -u | while read -r service; do
    update-rc.d "$service" disable || true
  done
  rm -f "$before.units" "$before.scripts"
}

remove_guard() {
  if grep -qs 'by sluice' "$guard"; then rm -f "$guard"; fi
  if [ -e "$aside" ]; then mv "$aside" "$guard"; fi
}

tidy() { disable_new; remove_guard; }

tidy # an earlier installation may have been killed
started_scripts >"$before.scripts"
enabled_units >"$before.units"
trap tidy EXIT
trap 'exit 143' HUP INT TERM

if [ -e "$guard" ]; then mv "$guard" "$aside"; fi
printf '#!/bin/sh\n# Put here by sluice while it installs packages: no service is started.\nexit 101\n' >"$guard"
chmod 755 "$guard"

# An installation that was broken off leaves packages unpacked; apt refuses everything until they are configured.
attempts=0
while [ -n "$(dpkg --audit)" ] && [ $attempts -lt 24 ]; do
  dpkg --configure -a && break
  attempts=$((attempts + 1))
  sleep 5 # another program holds dpkg's lock
done

attempts=0
until apt-get update -q; do
  attempts=$((attempts + 1))
  [ $attempts -lt 3 ] || break # the lists at hand may do
  sleep 5
done

if [ "$least_package" != - ]; then
  candidate=$(apt-cache policy "$least_package" | sed -n 's/^  Candidate: //p')
  if [ -z "$candidate" ] || [ "$candidate" = '(none)' ]; then
    echo "sluice: no package source here offers $least_package"
    exit 65
  fi
  if dpkg --compare-versions "$candidate" lt "$least_version"; then
    echo "sluice: the packages here offer $least_package $candidate; $least_version or newer is needed"
    exit 65
  fi
fi

apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "$@"
