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

# download ARCHITECTURE IMAGE FOLDER PACKAGE... puts packages into a folder and notes them in packages.tsv.
download() {
	local arch=$1 image=$2 to=$3 debs=$cache/$1/debs source uri file
	local -a names missing=() sources
	shift 3
	names=("$@")
	# Address and file name, which is not always the end of the address.
	mapfile -t sources < <(apt-get "${options[@]}" -qq --print-uris download "${names[@]}" | tr -d "'" | cut -d' ' -f1,2 | LC_ALL=C sort)
	[ ${#sources[@]} -eq ${#names[@]} ] || die "Debian does not have all of ${names[*]} for $arch"
	for source in "${sources[@]}"; do
		file=${source#* }
		[ -s "$debs/$file" ] || missing+=("${file%%_*}")
	done
	[ ${#missing[@]} -eq 0 ] || (cd "$debs" && quietly apt-get "${options[@]}" -qq download "${missing[@]}")
	mkdir -p "$to"
	for source in "${sources[@]}"; do
		read -r uri file <<<"$source"
		[ -s "$debs/$file" ] || die "apt-get did not write $file"
		cp "$debs/$file" "$to/"
		note_package "$image" "$arch" "$uri" "$debs/$file"
	done
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
	for package in "$1"/*.deb; do dpkg-deb --extract "$package" "$2"; done
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
	local arch
	arch=$(debian_architecture "$1")
	set_options "$arch"
	# Lists of a few minutes ago will do.
	if [ -z "$(find "$cache/$arch/updated" -mmin -60 2>/dev/null)" ]; then
		quietly apt-get "${options[@]}" -qq update
		touch "$cache/$arch/updated"
	fi
	download "$arch" static "$work/static-$1" ca-certificates
	collect_authorities "$work/static-$1"
	add_files "$work/root-static"
	pack "$work/root-static" "$out/static-$1.tar"
	mapfile -t packages < <(git_packages)
	[[ " ${packages[*]} " == *" git "* ]] || die "apt-get does not tell what git needs on $arch"
	download "$arch" git "$work/git-$1" "${packages[@]}"
	download "$arch" git "$work/static-$1" ca-certificates # the authorities are in this image too
	unpack_git "$work/git-$1" "$work/root-git-$1"
	add_files "$work/root-git-$1"
	pack "$work/root-git-$1" "$out/git-$1.tar"
	rm -rf "$work/root-static" "$work/root-git-$1" "$work/authorities"
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
