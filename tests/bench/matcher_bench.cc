// SPDX-License-Identifier: Apache-2.0
// How patterns are found: engines beside each other, what nine copies of the shipped rules cost,
// short texts, two threads, hostile repetition. CPU time, so that other work on the machine
// disturbs little; what counts are the ratios of one run.
//   matcher_bench [engines|scaling|short|threads|hostile|compile ...]
// ASSAY_CORPUS: a folder of messages to take the texts from; else they are made of words.
#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>
#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "lib/rules/pattern_table.h"
#include "lib/rules/screening.h"
#include "tests/bench/matcher_sets.h"

namespace assay::rules {
namespace {

constexpr std::size_t kMemory = 512UL * 1024 * 1024;

double CpuSeconds(clockid_t clock = CLOCK_PROCESS_CPUTIME_ID) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double Micros(const std::function<void()>& work, std::size_t items) {
  const double begin = CpuSeconds();
  work();
  return (CpuSeconds() - begin) * 1e6 / static_cast<double>(items);
}

double PeakMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

using Texts = std::vector<std::string>;
using Messages = std::vector<Texts>;  // the paragraphs of each

Messages Bodies(std::span<const mail::Message> messages) {
  Messages bodies;
  for (const mail::Message& message : messages) {
    mail::Views views(message);
    bodies.push_back(views.Body());
  }
  return bodies;
}

// --- engines
// ---------------------------------------------------------------------------------------

// Counts the pairs of message and pattern that match.
class Engine {
 public:
  Engine() = default;
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  [[nodiscard]] virtual std::size_t Hits(const Texts& texts) const = 0;
  [[nodiscard]] virtual std::string Remark() const { return {}; }
};

// Every pattern on every text, or only where the prefilter lets it.
class TableEngine : public Engine {
 public:
  TableEngine(std::span<const WrittenPattern> patterns, bool filtered) {
    const std::vector<SourceFile> files = {{"bench.rules", "x", false}};
    const Sources sources(files);
    DiagnosticLog log(sources);
    PatternTableBuilder builder(log);
    std::vector<TextMatch> asked;
    for (const WrittenPattern& pattern : patterns) {
      const auto id = builder.Add({pattern.body, pattern.flags, {}});
      if (id && filtered) asked.push_back({0, *id});
    }
    table_ = builder.Build(kMemory, asked);
    if (table_ != nullptr && !log.has_errors()) return;
    fmt::print(stderr, "{}", Format(log.Take().front()));
    std::exit(1);
  }

  [[nodiscard]] std::size_t Hits(const Texts& texts) const override {
    const Prefilter* filter = table_->FilterOf(0);
    std::optional<Screening> screening;
    if (filter != nullptr) screening.emplace(*filter, texts);
    std::size_t hits = 0;
    for (PatternId id = 0; id < table_->size(); ++id) {
      const auto slot = table_->SlotOf({0, id});
      const TextChoice choice = slot ? screening->TextsFor(*slot) : TextChoice::All(texts.size());
      bool found = false;
      for (std::size_t i = 0; i < choice.size() && !found; ++i) {
        found = table_->Matches(id, texts[choice[i]]);
      }
      hits += found ? 1 : 0;
    }
    return hits;
  }

  [[nodiscard]] std::string Remark() const override {
    if (table_->FilterOf(0) == nullptr) return {};
    std::size_t always = 0;
    for (PatternId id = 0; id < table_->size(); ++id) {
      always += table_->SlotOf({0, id}) ? 0 : 1;
    }
    return fmt::format("{} always on, {} passes, tables {:.0f} KiB", always,
                       table_->FilterOf(0)->passes(),
                       static_cast<double>(table_->filter_memory()) / 1024);
  }

 protected:
  std::unique_ptr<const PatternTable> table_;
};

// The prefilter's own part.
class ScanEngine : public TableEngine {
 public:
  explicit ScanEngine(std::span<const WrittenPattern> patterns) : TableEngine(patterns, true) {}

  [[nodiscard]] std::size_t Hits(const Texts& texts) const override {
    const Prefilter* filter = table_->FilterOf(0);
    if (filter == nullptr) return 0;
    const Screening screening(*filter, texts);
    std::size_t pairs = 0;
    for (PatternSlot slot = 0; slot < table_->size(); ++slot) {
      if (filter->Filters(slot)) pairs += screening.TextsFor(slot).size();
    }
    return pairs;
  }
  [[nodiscard]] std::string Remark() const override { return "\"hits\" are candidates"; }
};

class SetEngine : public Engine {
 public:
  explicit SetEngine(std::span<const WrittenPattern> patterns)
      : set_(Options(), re2::RE2::UNANCHORED) {
    for (const WrittenPattern& pattern : patterns) {
      std::string text = pattern.body;
      if (!pattern.flags.empty()) text = "(?" + pattern.flags + ")" + text;
      if (set_.Add(text, nullptr) < 0) ++refused_;
    }
    compiled_ = set_.Compile();
  }

  [[nodiscard]] std::size_t Hits(const Texts& texts) const override {
    if (!compiled_) return 0;
    std::vector<bool> found(100'000);
    for (const std::string& text : texts) {
      std::vector<int> ids;
      re2::RE2::Set::ErrorInfo error{};
      if (!set_.Match(text, &ids, &error) && error.kind != re2::RE2::Set::kNoError) ++failed_;
      for (const int id : ids) found[static_cast<std::size_t>(id)] = true;
    }
    return static_cast<std::size_t>(std::ranges::count(found, true));
  }
  [[nodiscard]] std::string Remark() const override {
    if (!compiled_) return "Compile() failed";
    return fmt::format("{} texts failed silently, {} patterns refused", failed_, refused_);
  }

 private:
  static re2::RE2::Options Options() {
    re2::RE2::Options options;
    options.set_max_mem(static_cast<std::int64_t>(kMemory));
    options.set_log_errors(false);
    options.set_never_capture(true);
    return options;
  }

  re2::RE2::Set set_;
  bool compiled_ = false;
  int refused_ = 0;
  mutable std::size_t failed_ = 0;
};

void Measure(std::string_view name, const Messages& messages,
             const std::function<std::unique_ptr<Engine>()>& make) {
  std::unique_ptr<Engine> engine;
  const double compile = Micros([&] { engine = make(); }, 1) / 1000;
  std::size_t hits = 0;
  const auto run = [&] {
    hits = 0;
    for (const Texts& texts : messages) hits += engine->Hits(texts);
  };
  const double cold = Micros(run, messages.size());
  const double warm = Micros(run, messages.size());
  fmt::print(
      "  {:22} compile {:8.1f} ms   cold {:9.1f}   warm {:9.1f} us/message   hits {:6}   {}\n",
      name, compile, cold, warm, hits, engine->Remark());
  std::fflush(stdout);
}

void CompareEngines(std::string_view name, std::span<const WrittenPattern> patterns,
                    const Messages& messages) {
  fmt::print("{}: {} patterns\n", name, patterns.size());
  Measure("RE2 one by one", messages,
          [&] { return std::make_unique<TableEngine>(patterns, false); });
  Measure("RE2::Set, 512 MiB", messages, [&] { return std::make_unique<SetEngine>(patterns); });
  Measure("prefilter and RE2", messages,
          [&] { return std::make_unique<TableEngine>(patterns, true); });
  Measure("prefilter alone", messages, [&] { return std::make_unique<ScanEngine>(patterns); });
}

void Engines(std::span<const mail::Message> messages) {
  const Messages bodies = Bodies(messages);
  std::size_t bytes = 0;
  for (const Texts& texts : bodies) {
    for (const std::string& text : texts) bytes += text.size();
  }
  fmt::print("{} messages, {} bytes of body text each\n", bodies.size(), bytes / bodies.size());
  CompareEngines("shipped, asked of body", PatternsOf(ShippedFiles(), "body"), bodies);
  for (const std::size_t count : {100UL, 1000UL, 3000UL}) {
    CompareEngines("synthetic", SyntheticPatterns(count), bodies);
  }
  fmt::print("peak of memory: {:.0f} MiB\n", PeakMib());
}

// --- rules as a whole
// --------------------------------------------------------------------------------

struct Cost {
  double matcher = 0;  // us a message: rules, on views that are there
  double whole = 0;    // views and rules
  std::size_t hits = 0;
};

Cost CostOf(const RuleSet& rules, std::span<const mail::Message> messages) {
  const facts::FactSet facts = SampleFacts();
  Cost cost;
  for (const bool warm : {false, true}) {
    cost = {};
    for (const mail::Message& message : messages) {
      const double begin = CpuSeconds();
      mail::Views views(message);
      cost.hits += rules.Evaluate({facts, views}).hits.size();
      const double middle = CpuSeconds();
      (void)rules.Evaluate({facts, views});
      cost.whole += middle - begin;
      cost.matcher += CpuSeconds() - middle;
    }
    if (warm) break;
  }
  const double scale = 1e6 / static_cast<double>(messages.size());
  cost.whole *= scale;
  cost.matcher *= scale;
  return cost;
}

void Scaling(std::span<const mail::Message> messages) {
  const auto once = MustCompile(ShippedFiles());
  const auto tenfold = MustCompile(WithCopies(ShippedFiles(), 9));
  const Cost small = CostOf(*once, messages);
  const Cost large = CostOf(*tenfold, messages);
  fmt::print("shipped rules, and each copied nine times with other words, on {} messages\n",
             messages.size());
  const auto print = [](std::string_view name, std::size_t rules, const Cost& cost) {
    fmt::print(
        "  {:8} {:5} rules   matcher {:8.1f}   views and rules {:8.1f} us/message   hits {}\n",
        name, rules, cost.matcher, cost.whole, cost.hits);
  };
  print("shipped", once->rules().size(), small);
  print("tenfold", tenfold->rules().size(), large);
  fmt::print(
      "  matcher x {:.2f} (goal: 3), views and rules x {:.2f} (goal for a whole scan: 1.6)\n",
      large.matcher / small.matcher, large.whole / small.whole);
}

void ShortTexts(std::span<const mail::Message>) {
  constexpr std::size_t kRounds = 20'000;
  const Texts subject = {"Minutes of the meeting in October, and what comes next year"};
  fmt::print("one subject of {} bytes, us a message\n", subject.front().size());
  for (const std::size_t count : {1UL, 2UL, 3UL, 4UL, 8UL, 30UL, 100UL}) {
    const auto patterns = SyntheticPatterns(count);
    double cost[2];
    for (const bool filtered : {false, true}) {
      const TableEngine engine(patterns, filtered);
      std::size_t hits = engine.Hits(subject);
      cost[filtered ? 1 : 0] = Micros(
          [&] {
            for (std::size_t i = 0; i < kRounds; ++i) hits += engine.Hits(subject);
          },
          kRounds);
    }
    fmt::print("  {:4} patterns   RE2 {:8.2f}   prefilter and RE2 {:8.2f}\n", count, cost[0],
               cost[1]);
  }
}

void Threads(std::span<const mail::Message> messages) {
  const auto rules = MustCompile(ShippedFiles());
  const facts::FactSet facts = SampleFacts();
  const auto work = [&] {
    for (const mail::Message& message : messages) {
      mail::Views views(message);
      (void)rules->Evaluate({facts, views});
      for (int i = 0; i < 5; ++i) (void)rules->Evaluate({facts, views});
    }
  };
  work();
  const double one = Micros(work, messages.size());
  const double two = Micros(
      [&] {
        std::thread other(work);
        work();
        other.join();
      },
      2 * messages.size());
  fmt::print(
      "one thread {:.1f}, two threads on the same rules {:.1f} us of CPU a message (x {:.2f})\n",
      one, two, two / one);
}

void Hostile(std::span<const mail::Message>) {
  const auto rules = MustCompile(WithCopies(ShippedFiles(), 9));
  const facts::FactSet facts = SampleFacts();
  for (const char* const unit :
       {"a", "account suspended ", "<div>", "http://example.com/a ", "\xC3\xA9",
        "bitcoin webcam password $1,000,000 USD\r\n\r\n", "=20\r\n"}) {
    fmt::print("  {:30}", std::string(unit).substr(0, std::string_view(unit).find('\r')));
    for (const std::size_t size : {100'000UL, 1'000'000UL, 10'000'000UL}) {
      mail::Message message;
      message.AddField("Content-Type", " text/html; charset=utf-8");
      std::string body;
      while (body.size() < size) body += unit;
      message.AddBody(body);
      Hits hits;
      const double micros = Micros(
          [&] {
            mail::Views views(message);
            hits = rules->Evaluate({facts, views});
          },
          1);
      fmt::print("   {:8} bytes {:8.1f} ms{}", size, micros / 1000,
                 hits.limited ? " (limited)" : "");
    }
    fmt::print("\n");
  }
}

void CompileTimes(std::span<const mail::Message>) {
  const auto print = [](std::string_view name, const std::vector<SourceFile>& files) {
    std::size_t rules = 0;
    const double micros = Micros([&] { rules = MustCompile(files)->rules().size(); }, 1);
    fmt::print("  {:10} {:5} rules   {:8.1f} ms of CPU   peak {:.0f} MiB\n", name, rules,
               micros / 1000, PeakMib());
  };
  print("shipped", ShippedFiles());
  for (const std::size_t count : {1000UL, 3000UL}) print("synthetic", {SyntheticFile(count)});
}

struct Section {
  std::string_view name;
  void (*run)(std::span<const mail::Message>);
};
constexpr Section kSections[] = {{"engines", Engines},  {"scaling", Scaling},
                                 {"short", ShortTexts}, {"threads", Threads},
                                 {"hostile", Hostile},  {"compile", CompileTimes}};

}  // namespace
}  // namespace assay::rules

int main(int argc, char** argv) {
  const std::vector<std::string_view> wanted(argv + 1, argv + argc);
  const auto messages = assay::rules::SampleMessages(300);
  for (const auto& section : assay::rules::kSections) {
    if (!wanted.empty() && std::ranges::find(wanted, section.name) == wanted.end()) continue;
    fmt::print("--- {}\n", section.name);
    section.run(messages);
  }
  return 0;
}
