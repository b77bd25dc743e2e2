#!/bin/bash
# dns_cold.sh MS PEER...: every DNS answer MS later, filter freshly started, one session, no warm-up: what the
# first message of each sender domain takes (nothing is in any cache), and the second (everything is); results/cold-MS/
set -u; . "$(dirname "$0")/common.sh"; MS=$1; shift
stop_pids "$(cat "$RUN/unbound.pid")"
sed 's/port: 53$/port: 5353/; s/unbound.pid/unbound5353.pid/' "$ETC/unbound.conf" > "$ETC/unbound5353.conf"
in_ns unbound -c "$ETC/unbound5353.conf"; sleep .5
ip netns exec "$NS" /usr/bin/python3 "$HERE/dns_delay.py" 53 5353 "$MS" & DP=$!; sleep .7
export RES=$RES/cold-$MS CHECKCONC=1; mkdir -p "$RES"
for p in "$@"; do
  "$HERE/run.sh" "$p" check > "$RES/$p.cold.log"
  /usr/bin/python3 - "$p" "$RES/$p.verdicts.jsonl" <<'PY'
import json, re, sys
first, later, seen = [], [], set()
for line in open(sys.argv[2]):
    message = json.loads(line)
    domain = re.match(r"msg/(d\d+)-", message["file"]).group(1)
    (later if domain in seen else first).append(message["usec"] / 1000)
    seen.add(domain)
for name, times in (("first of a domain", sorted(first)), ("later", sorted(later))):
    print(f"{sys.argv[1]:14} {name:18} {len(times):4} messages   p50 {times[len(times) // 2]:6.1f} ms   max {times[-1]:6.1f} ms")
PY
done
stop_pids "$DP" "$(cat "$RUN/unbound5353.pid")"; rm -f "$RUN/unbound.pid"
in_ns unbound -c "$ETC/unbound.conf"
