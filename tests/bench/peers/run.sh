#!/bin/bash
# run.sh PEER [check|bench]     "all" runs every one; without arguments lists them
#   check  one pass over the corpus at 8 sessions; verdicts to results/PEER.verdicts.jsonl
#   bench  check, then ROUNDS (3) rounds of 1, 8 and 64 sessions, each run followed by
#          the null milter as the control; one JSON line per run in results/PEER.jsonl
# To add a filter: write a start_NAME function that starts it in the namespace,
# calls sock (socket, loader argument) and bg (process to watch and to stop).
# environment: TRANSPORT=unix|inet CHECKCONC (sessions of check, 8) ROUNDS SECS CTLSECS CONC NMSG WARM RES; see README.md
set -u
. "$(dirname "$0")/common.sh"
ROUNDS=${ROUNDS:-3}; SECS=${SECS:-4}; CTLSECS=${CTLSECS:-2}; CONC=${CONC:-1 8 64}; WARM=${WARM:-50}
LOAD="-s $SECS"; [ -n "${NMSG:-}" ] && LOAD="-n $NMSG"     # NMSG: so many messages per run, for slow peers
ML="in_ns $BIN/milterload --tsv $CORPUS/envelope.tsv --timeout 60"

# TRANSPORT=unix (default) or inet: how milterload reaches the filter.  Over inet most
# libmilter filters lose 40 ms at end of message, see README.md.
TRANSPORT=${TRANSPORT:-unix}
bg() { ip netns exec "$NS" "$@" >>"$RUN/$PEER.log" 2>&1 & LASTPID=$!; PIDS="${PIDS:+$PIDS,}$LASTPID"; }
sock() { # name port: sets S (as libmilter spells it) and adds it to MILTERS
  if [ "$TRANSPORT" = unix ]; then S=local:$RUN/sock/$1; rm -f "$RUN/sock/$1"; else S=inet:$2@127.0.0.1; fi; MILTERS="${MILTERS:-} -m $S"; }
wait_milter() { # spec [seconds]
  case $1 in local:*) for _ in $(seq $(( ${2:-20} * 10 ))); do [ -S "${1#local:}" ] && { sleep .2; return 0; }; sleep .1; done; echo "$1 did not open" >&2; return 1;;
  *) local q=${1#inet:}; wait_port "${q%@*}" "${2:-20}";; esac; }
as() { local u=$1; shift; bg setpriv --reuid="$u" --regid="$u" --clear-groups "$@"; }

start_null_all()  { sock null_all 18891; bg "$BIN/null_milter" -p "$S" -m all -H 1; wait_milter "$S"; }
start_null_all2() { sock null_all2 18893; bg "$BIN/null_milter" -p "$S" -m all -H 2; wait_milter "$S"; }
start_control()   { sock control 18890; bg "$BIN/null_milter" -p "$S" -m all -H 1; wait_milter "$S"; }
start_null_nr()   { sock null_nr 18892; bg "$BIN/null_milter" -p "$S" -m nr -H 1; wait_milter "$S"; }
dkim()            { sock opendkim 8891; bg opendkim -f -x "$ETC/opendkim.conf" -p "$S"; wait_milter "$S"; }
dmarc()           { sock opendmarc 8893; bg opendmarc -f -c "$ETC/opendmarc-$1.conf" -p "$S"; wait_milter "$S"; }
spf()             { sock pyspf 8892; rm -f "$RUN/pyspf.pid"; sed "s#^Socket.*#Socket = $S#" "$ETC/pyspf.conf" > "$ETC/pyspf.run.conf"; bg pyspf-milter "$ETC/pyspf.run.conf"; wait_milter "$S"; }
start_opendkim()  { dkim; }
start_opendmarc() { dmarc spf; }
start_pyspf()     { spf; }
start_chain()     { dkim && dmarc spf; }            # opendmarc checks SPF itself (libspf2)
start_chain3()    { spf && dkim && dmarc trust; }   # pyspf-milter, opendkim, opendmarc reading their results
sa()              { mkdir -p "$RUN/spamd"; chown debian-spamd "$RUN/spamd"
                    bg spamd $1 --max-children 5 --helper-home-dir="$RUN/spamd" -u debian-spamd -i 127.0.0.1 -p 783 -s stderr; wait_port 783 60 || return 1
                    sock spamass 8894; as spamass-milter spamass-milter -p "${S#local:}" -i 127.0.0.1; wait_milter "$S"; }
start_spamassassin()     { sa -L; }
start_spamassassin_net() { sa ""; }                 # with SPF, DKIM, DNS lists (the lists answer NXDOMAIN at once)
rsp()             { local L=$ETC/rspamd-$1 R=/usr/share/rspamd/rules B=127.0.0.1:11332; [ "$1" = auth ] && R=$ETC/rspamd-norules
                    sock rspamd 11332; [ "$TRANSPORT" = unix ] && B="${S#local:} mode=0666"
                    printf 'bind_socket = "%s";\n' "$B" > "$L/override.d/worker-proxy.inc"
                    bg rspamd -f -u _rspamd -g _rspamd -c /etc/rspamd/rspamd.conf --var=LOCAL_CONFDIR="$L" --var=DBDIR="$RUN/rspamd-$1" --var=RUNDIR="$RUN/rspamd-$1" --var=LOGDIR="$RUN/rspamd-$1" --var=RULESDIR="$R"
                    wait_milter "$S" 30; sleep "${RSPAMD_SETTLE:-15}"; }      # hyperscan compiles after the start
start_rspamd_stock()  { rsp stock; }
start_rspamd_auth()   { rsp auth; }
start_rspamd_authre() { rsp authre; }
start_amavis()    { bg amavisd -c "$ETC/amavisd.conf" foreground; wait_milter "local:$RUN/amavis/sock" 60 || return 1
                    sock amavis 8895; as amavis amavisd-milter -f -s "$S" -S "$RUN/amavis/sock" -w /var/lib/amavis/tmp -p "$RUN/amavis/milter.pid" -m 2 -M 600; wait_milter "$S"; }
start_mimedefang(){ as defang mimedefang-multiplexor -D -s "$RUN/md/mux.sock" -p "$RUN/md/mux.pid" -m 2 -x 4 -q 100 -Q 120; sleep 5
                    sock mimedefang 8896; as defang mimedefang -D -m "$RUN/md/mux.sock" -P "$RUN/md/md.pid" -p "$S"; wait_milter "$S"; }
# Assay in monitor mode, log line on, Debian's resolver settings of the namespace. ASSAY_BUILD: a release build.
assay()           { local B; B=$(realpath "${ASSAY_BUILD:-$HERE/../../../build/release}")
                    sock assay 8899; local spec=${S/#local:/unix:}
                    printf 'mode = "monitor"\nauthserv_id = "mx.milterload.invalid"\n[milter]\nsocket = "%s"\nsocket_mode = "0666"\nuser = "nobody"\n[rules]\ndirectory = "%s"\n[log]\nto_stderr = true\n[journal]\nenabled = false\n' "$spec" "$1" > "$ETC/assay.toml"
                    bg "$B/milter/assayd" --config "$ETC/assay.toml"; wait_milter "$S"; }
start_assay()      { mkdir -p "$ETC/no-rules"; assay "$ETC/no-rules"; }            # authentication only
start_assay_rules(){ assay "$(realpath "${ASSAY_RULES:-$HERE/../../../rules}")"; }  # with the shipped rules
# add the new filter like this:
# start_newfilter() { sock newfilter 8899; bg /path/to/filter --config "$ETC/newfilter.conf" --socket "$S"; wait_milter "$S"; }

start() { PEER=$1; PIDS=; LASTPID=; MILTERS=; "start_$1"; }
one() { # peer what
  local p=$1 what=${2:-bench} c r ctl
  echo "== $p"; start "$p" || { stop_pids ${PIDS//,/ }; echo "$p did not start; see $RUN/$p.log"; return 1; }
  local pids=$PIDS mil=$MILTERS
  $ML $mil -c "${CHECKCONC:-8}" ${NMSG:+-n $NMSG} --label "$p check" --watch-pid "$pids" --jsonl "$RES/$p.verdicts.jsonl" | tee "$RES/$p.check.txt"
  if [ "$what" = bench ]; then
    PEER=control; PIDS=; MILTERS=; start_control; ctl=$PIDS; PEER=$p; : > "$RES/$p.jsonl"
    for r in $(seq "$ROUNDS"); do for c in $CONC; do
      $ML $mil -c "$c" --warmup "$WARM" $LOAD --label "$p" --watch-pid "$pids" --summary "$RES/$p.jsonl" | sed -n '2,3p;/filter/p;/errors  /p'
      $ML $MILTERS -c "$c" --warmup 50 -s "$CTLSECS" --label control --watch-pid "$ctl" --summary "$RES/$p.jsonl" -q
    done; done
    stop_pids $ctl
  fi
  stop_pids ${pids//,/ }
}
PEERS_ALL="null_all null_nr assay assay_rules opendkim opendmarc chain pyspf chain3 rspamd_auth rspamd_authre rspamd_stock spamassassin spamassassin_net amavis mimedefang"
[ $# -ge 1 ] || { echo "usage: run.sh PEER|all [check|bench]; peers: $PEERS_ALL"; exit 2; }
if [ "$1" = all ]; then for p in $PEERS_ALL; do one "$p" "${2:-bench}"; done; else one "$1" "${2:-bench}"; fi
