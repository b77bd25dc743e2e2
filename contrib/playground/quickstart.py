# SPDX-License-Identifier: Apache-2.0
"""The visible part of contrib/quickstart: starts assayd and a private Postfix, plays the scenario, prints the table."""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import textwrap

import assayd
import mta
import play
import scenario
import smtp


def print_outcome(number, outcome):
    record = outcome.record
    verdict = record.get("verdict", "-")
    if record.get("would", "-") != "-":
        verdict += f" (would={record['would']})"
    reasons = [part for part in (record.get("by", "-"), record.get("rules", "-")) if part != "-"]
    auth = " ".join(f"{key}={record.get(key, '-')}" for key in ("spf", "dkim", "dmarc"))
    print(f"{number:2}  {outcome.case.name}")
    print(f"    sent     MAIL FROM:<{outcome.case.mail_from}> from {outcome.case.client_ip} "
          f"to {', '.join(outcome.case.rcpt_to)}")
    for rcpt, reply in zip(outcome.case.rcpt_to, outcome.rcpt_replies if len(outcome.rcpt_replies) > 1 else ()):
        print(textwrap.fill(f"{reply}", 110, initial_indent=f"    to {rcpt}: ", subsequent_indent=" " * 13))
    print(textwrap.fill(outcome.reply, 110, initial_indent="    reply    ", subsequent_indent=" " * 13))
    print(f"    verdict  {verdict}, score {record.get('score', '-')}, {auth}, "
          f"reasons: {', '.join(dict.fromkeys(reasons)) or 'none'}")
    for line in play.added_headers(outcome.head):
        print(textwrap.fill(line, 110, initial_indent="    added    ", subsequent_indent=" " * 13))
    for problem in outcome.problems:
        print(f"    WRONG    {problem}")


def print_table(outcomes):
    print(f"\n{'':2}  {'what was sent':44} {'SMTP reply':12} {'verdict':28} {'score':8} decided by")
    for number, outcome in enumerate(outcomes, 1):
        record = outcome.record
        reply = " ".join(part for part in outcome.reply.split(" ")[:2] if part[:1].isdigit())
        verdict = record.get("verdict", "-")
        if record.get("would", "-") != "-":
            verdict += f" (would={record['would']})"
        print(f"{number:2}  {outcome.case.name:44} {reply:12} {verdict:28} {record.get('score', '-'):8} "
              f"{record.get('by', '-')}{'   WRONG' if outcome.problems else ''}")


def print_keep(postfix, daemon):
    print(f"""
Everything is still running. To send more (apt-get install swaks):
  swaks --server 127.0.0.1:{postfix.port} --xclient-addr 198.51.100.66 --ehlo mail.example.org \\
        --from alice@strict.example.org --to user@{scenario.LOCAL}
The log:        tail -f {daemon.log}
Configuration:  {daemon.config} and {daemon.base}/local.rules; after a change: kill -HUP {daemon.process.pid}
Why:            build/quickstart/cli/assay explain --journal {daemon.base}/journal/journal.db REF-OR-QUEUE-ID
DNS answers:    {daemon.base}/zone
The hold queue: postqueue -c {postfix.etc} -p
What is delivered shows here. Ctrl-C stops and removes everything.""", flush=True)


def watch(sink):
    """Prints the header of what arrives, until the user has had enough."""
    seen = len(sink.delivered)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            with sink.arrived:
                sink.arrived.wait_for(lambda: len(sink.delivered) > seen)
            for message in sink.delivered[seen:]:
                print(f"\ndelivered:\n{textwrap.indent(message.head, '    ')}", flush=True)
            seen = len(sink.delivered)
    except KeyboardInterrupt:
        pass


def run(arguments, base):
    sink = smtp.Sink()
    daemon = assayd.Assayd(os.path.join(arguments.build, "milter", "assayd"), os.path.join(base, "assay"),
                           f"unix:{base}/assay/assay.sock")
    configure = play.make_configure(daemon, "nobody", "postfix")
    scene = scenario.Scenario()
    play.prepare(daemon, scene, configure, "rules")
    postfix = mta.Postfix(os.path.join(base, "postfix"), daemon.socket_spec,
                          f"{scenario.LOCAL}, {scenario.WATCHED}", sink.port)
    outcomes = []
    try:
        daemon.start()
        postfix.start()
        player = play.Player(postfix, daemon, sink, configure)
        for case in scene.cases():
            outcomes.append(player.play(case))
            print_outcome(len(outcomes), outcomes[-1])
        print_table(outcomes)
        if arguments.keep:
            print_keep(postfix, daemon)
            watch(sink)
    finally:
        postfix.stop()
        daemon.stop()
        sink.close()
    wrong = [outcome for outcome in outcomes if outcome.problems]
    print(f"\n{len(outcomes)} messages sent, {len(outcomes) - len(wrong)} as expected, {len(wrong)} not")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="build directory")
    parser.add_argument("--keep", action="store_true", help="go on running, to send more")
    arguments = parser.parse_args()
    base = tempfile.mkdtemp(prefix="assay-quickstart-")
    os.chmod(base, 0o755)
    try:
        status = run(arguments, base)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
