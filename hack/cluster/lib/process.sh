# shellcheck shell=bash
# Background processes: each has a log in $state/log and a record "PID START" in $run_dir/processes, where START is its
# start time in clock ticks since boot. Both together name a process for good: a number alone may be used again.

say() { printf '%s\n' "$*" >&2; }

die() {
	say "cluster: $*"
	exit 1
}

need_root() { [ "$(id -u)" = 0 ] || die "only root can do that"; }

# with_lock makes concurrent calls, from other checkouts too, wait for each other. The lock is held until the script
# ends; background processes close it (see start).
with_lock() {
	mkdir -p "$state" "$bin_dir" "$state/log" "$state/config" "$run_dir/processes"
	exec 9>"$state/lock"
	flock -n 9 || { say "waiting for another call of cluster to end"; flock 9; }
}

# started_at PID prints the process's start time, nothing if there is no such process or it is a zombie.
started_at() {
	local stat
	{ stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
	read -ra stat <<<"${stat##*) }" # the name before it may contain spaces
	[ "${stat[0]}" != Z ] || return 1
	echo "${stat[19]}"
}

pid_of() {
	local pid
	read -r pid _ <"$run_dir/processes/$1" && echo "$pid"
}

is_alive() {
	local pid start
	{ read -r pid start <"$run_dir/processes/$1"; } 2>/dev/null || return 1
	[ "$(started_at "$pid")" = "$start" ]
}

any_alive() {
	local name
	for name; do
		if is_alive "$name"; then return 0; fi
	done
	return 1
}

# start NAME COMMAND... starts a component that does not run: in a session of its own, away from the caller's terminal,
# and without the caller's open files (a job server of make, the pipes of CI, the lock).
start() {
	local name=$1
	shift
	if is_alive "$name"; then return; fi
	(
		exec </dev/null >"$state/log/$name" 2>&1
		local fd
		for fd in "/proc/$BASHPID/fd"/*; do
			fd=${fd##*/}
			if [ "$fd" -gt 2 ]; then eval "exec $fd>&-"; fi
		done
		unset MAKEFLAGS MFLAGS MAKELEVEL
		exec setsid "$@"
	) &
	local pid=$!
	echo "$pid $(started_at "$pid")" >"$run_dir/processes/$name"
}

# stop NAME... ends components and returns when they are gone, so that their ports and data are free.
stop() {
	local name tries=50
	for name; do
		if is_alive "$name"; then kill "$(pid_of "$name")"; fi
	done
	while [ $tries -gt 0 ] && any_alive "$@"; do
		sleep 0.1
		tries=$((tries - 1))
	done
	kill_now "$@" # the API server would wait a minute for its watches
}

# kill_now NAME... ends components without giving them time.
kill_now() {
	local name
	for name; do
		if is_alive "$name"; then kill -KILL "$(pid_of "$name")"; fi
	done
	while any_alive "$@"; do sleep 0.05; done
	for name; do rm -f "$run_dir/processes/$name"; done
}

# await SECONDS COMPONENT WHAT COMMAND... waits until the command succeeds, and gives up early if the component ends.
await() {
	local deadline=$((SECONDS + $1)) name=$2 what=$3
	shift 3
	until "$@" >/dev/null 2>&1; do
		is_alive "$name" || die "$name ended while starting; the end of $state/log/$name: $(tail -n 3 "$state/log/$name")"
		[ $SECONDS -lt $deadline ] || die "timed out waiting for $what; logs are in $state/log"
		sleep 0.1
	done
}

# is_listening ADDRESS PORT
is_listening() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }
