#!/usr/bin/env bash
# Makes the files of base images from Debian packages, for any architecture: packages are unpacked, nothing in them is run.
#   hack/release/debian.sh FOLDER ARCHITECTURE...
# writes static-ARCHITECTURE.tar (certificate authorities, a user), git-ARCHITECTURE.tar (git and its libraries beside that),
# and packages.tsv. Architectures are called as Go calls them.
#   TENON_DEBIAN_MIRROR  http://deb.debian.org, or a folder of snapshot.debian.org for packages of a certain day
set -euo pipefail
# shellcheck source=../lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

mirror=${TENON_DEBIAN_MIRROR:-http://deb.debian.org}
suite=bookworm
cache=${TENON_CACHE:-${HOME:-/root}/.cache/tenon}/debian/$(printf %s "$mirror $suite" | sha256sum | cut -c1-8)
# What only maintainer scripts, Perl programs and people who read manuals need.
unwanted='perl|perl-base|perl-modules-.*|libperl.*|liberror-perl|libgdbm.*|libdb5.3|libsasl2-modules-db|git-man|debconf|dpkg|tar|debianutils|openssl|libbz2-.*|liblzma5|libmd0|libselinux1|libacl1|libcrypt1|gcc-12-base|ca-certificates'

debian_architecture() { if [ "$1" = ppc64le ]; then echo ppc64el; else echo "$1"; fi; }

# set_options ARCHITECTURE makes apt work on lists and an empty set of installed packages of its own.
set_options() {
	local state=$cache/$1
	mkdir -p "$state"/{lists/partial,archives/partial,debs}
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s/%s main\n' \
		"$mirror" "debian $suite" "$mirror" "debian-security $suite-security" >"$state/sources.list"
	options=(-o "APT::Architecture=$1" -o "APT::Architectures=$1" -o "Dir::State=$state" -o Dir::State::status=/dev/null
		-o "Dir::Cache=$state" -o "Dir::Etc::sourcelist=$state/sources.list" -o Dir::Etc::sourceparts=/dev/null
		-o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3 -o "Acquire::Check-Valid-Until=false")
}

# choose ARCHITECTURE asks apt which packages the images are made of now, and downloads those that are not there. It writes
# sources-IMAGE: address and file name of each package.
choose() {
	local state=$cache/$1
	local -a packages
	quietly apt-get "${options[@]}" -qq update
	mapfile -t packages < <(git_packages)
	[[ " ${packages[*]} " == *" git "* ]] || die "apt-get does not tell what git needs on $1"
	choose_for "$state" static ca-certificates
	choose_for "$state" git ca-certificates "${packages[@]}"
	touch "$state/chosen"
}

choose_for() { # STATE IMAGE PACKAGE...
	local state=$1 list=$1/sources-$2 file
	local -a missing=()
	shift 2
	apt-get "${options[@]}" -qq --print-uris download "$@" | tr -d "'" | cut -d' ' -f1,2 | LC_ALL=C sort >"$list"
	[ "$(wc -l <"$list")" -eq $# ] || die "Debian does not have all of $*"
	while read -r _ file; do [ -s "$state/debs/$file" ] || missing+=("${file%%_*}"); done <"$list"
	[ ${#missing[@]} -eq 0 ] || (cd "$state/debs" && quietly apt-get "${options[@]}" -qq download "${missing[@]}")
}

# copy_packages ARCHITECTURE IMAGE FOLDER puts the packages of an image into a folder and notes them in packages.tsv.
copy_packages() {
	local uri file
	mkdir -p "$3"
	while read -r uri file; do
		[ -s "$cache/$1/debs/$file" ] || die "apt-get did not write $file"
		cp "$cache/$1/debs/$file" "$3/"
		note_package "$2" "$1" "$uri" "$3/$file"
	done <"$cache/$1/sources-$2"
}

# note_package IMAGE ARCHITECTURE ADDRESS FILE
note_package() {
	local name version
	name=$(basename "$3" .deb)
	version=${name#*_}
	version=${version%_*}
	printf -v version '%b' "${version//%/\\x}" # %3a is a colon
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "${name%%_*}" "$version" "$2" "$3" "$(sha256sum "$4" | cut -d' ' -f1)" >>"$out/packages.tsv"
}

# git_packages prints what git needs, without what is unwanted.
git_packages() {
	apt-get "${options[@]}" -qq -y --no-install-recommends --simulate install git dash |
		sed -nE 's/^Inst ([^ :]+).*/\1/p' | grep -vxE "$unwanted" | LC_ALL=C sort
}

# add_files ROOT: a user other than root, a folder for temporary files, and certificate authorities.
add_files() {
	mkdir -p "$1"/{etc/ssl/certs,home/nonroot,root,tmp}
	chmod 1777 "$1/tmp"
	printf '%s\n' root:x:0:0:root:/root:/sbin/nologin nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin \
		nobody:x:65534:65534:nobody:/:/sbin/nologin >"$1/etc/passwd"
	printf '%s\n' root:x:0: nonroot:x:65532: nogroup:x:65534: >"$1/etc/group"
	cp "$work/authorities.crt" "$1/etc/ssl/certs/ca-certificates.crt"
	chmod 644 "$1"/etc/{passwd,group,ssl/certs/ca-certificates.crt}
}

# collect_authorities FOLDER makes one file of the certificates in the package, which its scripts would do.
collect_authorities() {
	local package
	package=$(echo "$1"/ca-certificates_*.deb)
	dpkg-deb --extract "$package" "$work/authorities"
	(cd "$work/authorities/usr/share/ca-certificates" && find . -name '*.crt' -print0 | LC_ALL=C sort -z | xargs -0 awk 1) >"$work/authorities.crt"
	[ -s "$work/authorities.crt" ] || die "$package has no certificates"
}

# unpack_git FOLDER ROOT. Copyright files stay: the licences want it.
unpack_git() {
	local package
	mkdir -p "$2"
	for package in "$1"/*.deb; do
		[[ $package == */ca-certificates_* ]] || dpkg-deb --extract "$package" "$2"
	done
	find "$2/usr/share/doc" ! -name copyright ! -type d -delete
	rm -rf "$2"/usr/share/{man,locale,perl5,lintian,bash-completion,gitweb,bug,doc-base,libc-bin} "${2:?}"/var "$2"/etc/{init.d,apt,perl}
	[ -e "$2/bin/sh" ] || ln -s dash "$2/bin/sh"
	find "$2" -type d -exec chmod 755 {} +
}

# pack ROOT TAR writes the same archive for the same files, whoever makes it and whenever.
pack() {
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=gnu -C "$1" -cf "$2" .
}

make_architecture() { # ARCHITECTURE, as Go calls it
	local arch static=$work/root-static-$1 git=$work/root-git-$1
	arch=$(debian_architecture "$1")
	set_options "$arch"
	# What was asked an hour ago at most will do.
	[ -n "$(find "$cache/$arch/chosen" -mmin -60 2>/dev/null)" ] || choose "$arch"
	copy_packages "$arch" static "$work/static-$1"
	collect_authorities "$work/static-$1"
	add_files "$static"
	pack "$static" "$out/static-$1.tar"
	copy_packages "$arch" git "$work/git-$1"
	unpack_git "$work/git-$1" "$git"
	add_files "$git"
	pack "$git" "$out/git-$1.tar"
	rm -rf "$static" "$git" "$work/authorities"
}

[ $# -gt 1 ] || die "usage: debian.sh FOLDER ARCHITECTURE..."
for program in apt-get dpkg-deb; do
	command -v $program >/dev/null || die "base images are made of Debian packages, and $program is not there: set TENON_BASE_IMAGE and TENON_GIT_BASE_IMAGE"
done
out=$(mkdir -p "$1" && cd "$1" && pwd)
shift
mkdir -p "$cache"
exec 7>"$cache/lock"
flock 7 # apt's lists and the packages are shared by all checkouts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$out/packages.tsv"
for architecture; do make_architecture "$architecture"; done
