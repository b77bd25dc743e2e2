// SPDX-License-Identifier: Apache-2.0
// assay(1): the operator's tool. Reads its arguments, runs one subcommand and prints what that has
// to say.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/config_command.h"
#include "cli/explain_command.h"
#include "cli/facts_command.h"
#include "cli/identity_command.h"
#include "cli/measure.h"
#include "cli/reload_command.h"
#include "cli/rules_command.h"
#include "cli/rules_view.h"
#include "cli/scan.h"
#include "lib/tuning/folds.h"

namespace {

using assay::cli::Outcome;

using Command = std::function<Outcome()>;

struct Arguments {
  assay::cli::ScanOptions scan;
  assay::cli::RulesOptions lint;
  assay::cli::RulesOptions test;
  assay::cli::ConfigOptions config;
  assay::cli::IdentityOptions identity;
  assay::cli::ExplainOptions explain;
  assay::cli::ReloadOptions reload;
  assay::cli::RulesViewOptions rules;
  std::string rule_name;
  std::vector<std::string> messages;
  assay::cli::MeasureOptions measure;
  assay::cli::TuneOptions tune;
  bool facts_json = false;
  bool facts_mdoc = false;
  Command command;
};

void AddConfigOption(CLI::App& app, std::string& path) {
  app.add_option("-c,--config", path, "configuration (default: /etc/assay/assay.toml if there)")
      ->type_name("FILE");
}

void AddScan(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.scan;
  CLI::App& scan = *app.add_subcommand("scan", "Judge one message as assayd would");
  scan.add_option("file", options.file, "the message; - for standard input")
      ->required()
      ->type_name("FILE");
  AddConfigOption(scan, options.config);
  scan.add_option("--client-ip", options.client_ip,
                  "SMTP client; without it the message is local mail");
  scan.add_option("--client-name", options.client_name, "the client's verified host name");
  scan.add_option("--helo", options.helo, "argument of HELO");
  scan.add_option("--mail-from", options.mail_from, "MAIL FROM (default: Return-Path, else <>)");
  scan.add_option("--rcpt", options.rcpt_to, "RCPT TO; any number")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  scan.add_option("--login", options.login, "name the client has logged in with");
  scan.add_option("--zone", options.zone, "answer DNS from this zone text")->type_name("FILE");
  scan.add_option("--rules", options.rules, "these rule files instead of the configured ones")
      ->type_name("FILE");
  scan.add_option("--why", options.why, "explain this rule, fired or not; any number")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("RULE");
  scan.add_flag("-j,--json", options.json, "print JSON");
  scan.callback([&] { arguments.command = [&] { return RunScan(arguments.scan); }; });
}

void AddExplain(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.explain;
  CLI::App& explain = *app.add_subcommand("explain", "Say why a message was judged as it was");
  explain.add_option("message", options.name, "its reference, queue id or Message-ID")
      ->required()
      ->type_name("REF|QUEUE-ID|MESSAGE-ID");
  AddConfigOption(explain, options.config);
  explain.add_option("--journal", options.journal, "this file (default: journal.path)")
      ->type_name("FILE");
  explain.add_flag("-j,--json", options.json, "print JSON");
  explain.callback([&] { arguments.command = [&] { return RunExplain(arguments.explain); }; });
}

void AddLint(CLI::App& app, Arguments& arguments) {
  CLI::App& lint = *app.add_subcommand("lint", "Check configuration and rules");
  lint.add_option("files", arguments.lint.files,
                  "rule files, or *.toml (default: what is configured)")
      ->type_name("FILE");
  AddConfigOption(lint, arguments.lint.config);
  lint.callback([&] { arguments.command = [&] { return RunLint(arguments.lint); }; });
}

void AddTest(CLI::App& app, Arguments& arguments) {
  CLI::App& test = *app.add_subcommand("test", "Run the tests in rule files");
  test.add_option("files", arguments.test.files,
                  "rule files, as one set (default: what is configured)")
      ->type_name("FILE");
  AddConfigOption(test, arguments.test.config);
  test.add_flag("--coverage", arguments.test.coverage,
                "name the conditions that no hit or no miss hangs on");
  test.callback([&] { arguments.command = [&] { return RunTest(arguments.test); }; });
}

void AddConfig(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.config;
  CLI::App& config = *app.add_subcommand("config", "Print the configuration that holds");
  config.add_option("key", options.key, "only this one, such as spf.fail")->type_name("KEY");
  AddConfigOption(config, options.config);
  config.add_flag("--keys", options.keys, "list the keys with type, default and meaning");
  config.add_flag("-j,--json", options.json, "print JSON");
  config.callback([&] { arguments.command = [&] { return RunConfig(arguments.config); }; });
}

void AddIdentity(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.identity;
  CLI::App& identity = *app.add_subcommand("identity", "Who may use which address");
  identity.require_subcommand(1);
  CLI::App& check = *identity.add_subcommand("check", "Explain whether a login may use addresses");
  AddConfigOption(check, options.config);
  check.add_option("--login", options.login, "name the client has logged in with");
  check.add_option("--client-ip", options.client_ip,
                   "SMTP client, where its network stands for a login");
  check.add_option("--mail-from", options.mail_from, "address of MAIL FROM");
  check.add_option("--from", options.from, "author in From; any number")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  check.add_option("--sender", options.sender, "address of the Sender field");
  check.callback([&] { arguments.command = [&] { return RunIdentityCheck(arguments.identity); }; });
}

void AddFacts(CLI::App& app, Arguments& arguments) {
  CLI::App& facts = *app.add_subcommand("facts", "List the facts that rules can ask about");
  facts.add_flag("-j,--json", arguments.facts_json, "print JSON");
  facts.add_flag("--mdoc", arguments.facts_mdoc, "print them as they stand in assay-rules(5)");
  facts.callback([&] {
    arguments.command = [&] {
      return assay::cli::RunFacts(arguments.facts_json, arguments.facts_mdoc);
    };
  });
}

CLI::App& AddRulesView(CLI::App& rules, const char* name, const char* help, Arguments& arguments) {
  CLI::App& view = *rules.add_subcommand(name, help);
  AddConfigOption(view, arguments.rules.config);
  view.add_option("--rules", arguments.rules.rules,
                  "these rule files instead of the configured ones")
      ->type_name("FILE");
  view.add_flag("-j,--json", arguments.rules.json, "print JSON");
  return view;
}

void AddRules(CLI::App& app, Arguments& arguments) {
  CLI::App& rules = *app.add_subcommand("rules", "Look at the rules");
  rules.require_subcommand(1);
  CLI::App& list = AddRulesView(rules, "list", "Every rule on a line", arguments);
  list.callback([&] { arguments.command = [&] { return RunRulesList(arguments.rules); }; });
  CLI::App& show = AddRulesView(rules, "show", "One rule, with what the site changes", arguments);
  show.add_option("name", arguments.rule_name, "the rule")->required()->type_name("NAME");
  show.callback([&] {
    arguments.command = [&] { return RunRulesShow(arguments.rules, arguments.rule_name); };
  });
  CLI::App& cost = AddRulesView(rules, "cost", "What each rule costs on messages", arguments);
  cost.add_option("messages", arguments.messages, "messages, or folders of them")
      ->required()
      ->type_name("PATH");
  cost.callback([&] {
    arguments.command = [&] { return RunRulesCost(arguments.rules, arguments.messages); };
  });
}

void AddReload(CLI::App& app, Arguments& arguments) {
  CLI::App& reload = *app.add_subcommand("reload", "Have the running assayd read all files again");
  AddConfigOption(reload, arguments.reload.config);
  reload.add_flag("--accept-shrink", arguments.reload.accept_shrink,
                  "take lists that have lost more than half of their entries");
  reload.callback([&] { arguments.command = [&] { return RunReload(arguments.reload); }; });
}

void AddMeasureOptions(CLI::App& app, assay::cli::MeasureOptions& options) {
  app.add_option("folder", options.folder, "where the messages are")->required()->type_name("DIR");
  app.add_option("--manifest", options.manifest, "which messages, with label and set")
      ->required()
      ->type_name("FILE");
  AddConfigOption(app, options.config);
  app.add_option("--rules", options.rules, "these rule files instead of the configured ones")
      ->type_name("FILE");
  app.add_option("--folds", options.folds, "parts by campaign, each judged by a fit on the others")
      ->check(CLI::Range(assay::tuning::kMinFolds, assay::tuning::kMaxFolds));
  app.add_option("--false-positive-weight", options.false_positive_weight,
                 "how many missed spams are as bad as a ham that is caught")
      ->check(CLI::PositiveNumber);
  app.add_option("--jobs", options.jobs, "threads (default: one for each CPU)")
      ->check(CLI::Range(1U, 256U));
}

void AddMeasure(CLI::App& app, Arguments& arguments) {
  auto& options = arguments.measure;
  CLI::App& measure = *app.add_subcommand("measure", "Count what the rules catch in labelled mail");
  AddMeasureOptions(measure, options);
  measure.add_option("--verdicts", options.verdicts, "write a line for each message to this file")
      ->type_name("FILE");
  measure.add_flag("-j,--json", options.json, "print JSON");
  measure.callback([&] { arguments.command = [&] { return RunMeasure(arguments.measure); }; });
}

void AddTune(CLI::App& app, Arguments& arguments) {
  CLI::App& tune = *app.add_subcommand("tune", "Fit the auto scores to labelled mail");
  AddMeasureOptions(tune, arguments.tune.measure);
  tune.add_flag("--write", arguments.tune.write, "write the new scores into the rule files");
  tune.callback([&] { arguments.command = [&] { return RunTune(arguments.tune); }; });
}

bool Write(std::FILE* stream, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size() &&
         std::fflush(stream) == 0;
}

int Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Assay: judges mail by SPF, DKIM, DMARC and rules. See assay(1).", "assay");
  app.set_version_flag("--version", "assay " ASSAY_VERSION);
  app.require_subcommand(1);
  AddScan(app, arguments);
  AddExplain(app, arguments);
  AddLint(app, arguments);
  AddTest(app, arguments);
  AddConfig(app, arguments);
  AddIdentity(app, arguments);
  AddFacts(app, arguments);
  AddRules(app, arguments);
  AddReload(app, arguments);
  AddMeasure(app, arguments);
  AddTune(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? assay::cli::kOk : assay::cli::kUsage;
  }
  const Outcome outcome = arguments.command();
  Write(stderr, outcome.err);
  if (Write(stdout, outcome.out)) return outcome.code;
  if (errno != EPIPE) std::perror("assay: standard output");
  return assay::cli::kNoOutput;
}

}  // namespace

int main(int argc, char** argv) {
  // DNS over TCP must not end the program; a reader that has gone (`assay facts | head`) shows as
  // EPIPE.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return Run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "assay: internal error: %s\n", error.what());
    return assay::cli::kInternal;
  }
}
