# SPDX-License-Identifier: Apache-2.0
"""The visible part of contrib/quickstart: starts assayd and a private Postfix, plays the scenario, prints the table."""
import argparse
import os
import shutil
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
Everything is still running. To send more:
  swaks --server 127.0.0.1:{postfix.port} --xclient-addr 198.51.100.66 --ehlo mail.example.org \\
        --from alice@strict.example.org --to user@{scenario.LOCAL}
The log:        tail -f {daemon.log}
Configuration:  {daemon.config} and {daemon.base}/local.rules; after a change: kill -HUP {daemon.process.pid}
DNS answers:    {daemon.base}/zone
The hold queue: postqueue -c {postfix.etc} -p
To stop:        kill {daemon.process.pid}; postfix -c {postfix.etc} stop; rm -rf {os.path.dirname(postfix.base)}""")


def run(arguments, base):
    sink = smtp.Sink()
    daemon = assayd.Assayd(os.path.join(arguments.build, "milter", "assayd"), os.path.join(base, "assay"),
                           f"unix:{base}/assay/assay.sock")
    configure = play.make_configure(daemon, "nobody", "postfix", "rules")
    scene = scenario.Scenario()
    play.prepare(daemon, scene, configure)
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
        if arguments.keep:
            print_keep(postfix, daemon)
    finally:
        if not arguments.keep:
            postfix.stop()
            daemon.stop()
        sink.close()
    print_table(outcomes)
    wrong = [outcome for outcome in outcomes if outcome.problems]
    print(f"\n{len(outcomes)} messages sent, {len(outcomes) - len(wrong)} as expected, {len(wrong)} not")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True, help="build directory")
    parser.add_argument("--keep", action="store_true", help="leave everything running")
    arguments = parser.parse_args()
    base = tempfile.mkdtemp(prefix="assay-quickstart-")
    os.chmod(base, 0o755)
    try:
        status = run(arguments, base)
    finally:
        if not arguments.keep:
            shutil.rmtree(base, ignore_errors=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
