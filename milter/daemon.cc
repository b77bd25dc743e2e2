// SPDX-License-Identifier: Apache-2.0
#include "milter/daemon.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "lib/base/file_watcher.h"
#include "lib/base/text.h"
#include "lib/engine/list_watcher.h"
#include "lib/journal/writer.h"
#include "milter/callbacks.h"
#include "milter/connection.h"
#include "milter/control.h"
#include "milter/current_generation.h"
#include "milter/log.h"
#include "milter/pacer.h"
#include "milter/process.h"
#include "milter/session_count.h"
#include "milter/signals.h"
#include "milter/startup.h"
#include "milter/waiting_gauge.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace assay::milter {
namespace {

constexpr std::chrono::seconds kStartTimeout{10};  // for libmilter's first answer
// What libmilter has accepted last may not have negotiated yet; only then is it counted.
constexpr std::chrono::milliseconds kDrainSettle{200};
constexpr int kDrainPoll = 50;                   // ms
constexpr std::chrono::seconds kJournalStop{5};  // to write what is queued

void Print(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) fmt::print(stderr, "{}\n", message);
}

int Fail(const Error& error, ExitCode code) {
  fmt::print(stderr, "assayd: {}\n", error.what);
  return code;
}

Log::Sink SinkOf(const config::Config& config) {
  return config.log.to_stderr ? Log::Sink::kStderr : Log::Sink::kSyslog;
}

Pacer::Options PacingOptions(const config::Config& config) {
  Pacer::Options options;
  options.idle_timeout = config.milter.idle_timeout;
  return options;
}

std::ptrdiff_t ScannerCount() {
  return 2 * static_cast<std::ptrdiff_t>(std::max(1U, std::thread::hardware_concurrency()));
}

// Libmilter's threads cannot be joined and may still run callbacks: no destructor of ours may come
// in their way.
[[noreturn]] void EndProcess(int code) {
  std::fflush(nullptr);
#ifdef __SANITIZE_ADDRESS__
  __lsan_do_leak_check();
#endif
  ::_exit(code);
}

// Everything that lives as long as the process serves. Never destroyed once libmilter runs.
class Daemon {
 public:
  Daemon(DaemonOptions options, std::shared_ptr<const engine::Generation> generation,
         std::shared_ptr<dns::Resolver> resolver, std::unique_ptr<Listener> listener)
      : options_(std::move(options)),
        running_config_(generation->config),
        log_(SinkOf(running_config_)),
        generation_(std::move(generation)),
        shared_(std::make_shared<engine::Shared>(
            std::move(resolver), running_config_.milter.memory_mib << 20, ScannerCount())),
        listener_(std::move(listener)),
        pacer_(*listener_, waiting_, log_, PacingOptions(running_config_)) {
    shared_->list_health().SetTell(
        [this](bool warning, std::string_view line) { Tell(warning, line); });
  }

  [[nodiscard]] int OpenForSessions(const std::optional<User>& user);
  [[nodiscard]] int Serve();

 private:
  void Tell(bool warning, std::string_view line) { warning ? log_.Warning(line) : log_.Info(line); }
  void WarnOfLimits();
  void StartJournal();
  void LogReady();
  void Watch(const std::shared_ptr<const engine::Generation>& generation);
  [[nodiscard]] Result<void> OpenControl(const std::optional<User>& user);
  [[nodiscard]] Control::Answer Reload(bool accept_shrink);
  void UseChangedLists();
  void DoWork();
  [[noreturn]] void Drain();

  DaemonOptions options_;
  config::Config running_config_;  // whose socket and resolver are in use
  Log log_;
  FileWatcher watcher_{[this](bool warning, std::string_view line) { Tell(warning, line); },
                       PostWork};
  CurrentGeneration generation_;
  std::unique_ptr<journal::Writer> journal_;  // null: off
  std::shared_ptr<engine::Shared> shared_;
  engine::ListWatcher list_watcher_{shared_};
  SessionCount sessions_;
  WaitingGauge waiting_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Control> control_;  // null: none, or it could not be opened
  Pacer pacer_;
};

// The order matters: see Pacer::Dial() and Listener::Publish(); moving a socket within root's
// directory needs root.
int Daemon::OpenForSessions(const std::optional<User>& user) {
  if (auto dialled = pacer_.Dial(); !dialled) return Fail(dialled.error(), kExitOsError);
  const Services services{generation_, shared_, waiting_, sessions_, log_};
  if (auto registered =
          RegisterCallbacks(services, {listener_->fd(), running_config_.milter.idle_timeout});
      !registered) {
    return Fail(registered.error(), kExitSoftware);
  }
  if (auto published = listener_->Publish(); !published)
    return Fail(published.error(), kExitCannotCreate);
  const auto control = OpenControl(user);
  if (user) {
    if (auto became = BecomeUser(*user); !became) return Fail(became.error(), kExitOsError);
  }
  if (auto caught = CatchSignals(); !caught) return Fail(caught.error(), kExitOsError);
  WarnOfLimits();
  if (!control) {
    const bool by_default = running_config_.milter.control == config::MilterConfig().control;
    const std::string line = control.error().what + ": `assay reload` will not reach this process";
    by_default ? log_.Info(line) : log_.Warning(line);
  }
  Watch(generation_.Get());
  StartJournal();
  return kExitOk;
}

// As the user that we are now, whose file it is.
void Daemon::StartJournal() {
  const config::JournalConfig& config = running_config_.journal;
  if (!config.enabled) return;
  journal::WriterOptions options;
  options.path = config.path;
  options.limits = {config.max_age, config.max_size_mib << 20U};
  journal_ = std::make_unique<journal::Writer>(std::move(options),
                                               [this](bool warning, std::string_view line) {
                                                 warning ? log_.Warning(line) : log_.Info(line);
                                               });
  shared_->set_journal(journal_.get());
}

// Without it there is still SIGHUP: nothing that the start may fail for.
Result<void> Daemon::OpenControl(const std::optional<User>& user) {
  const std::string& path = running_config_.milter.control;
  if (path.empty()) return {};
  auto control =
      Control::Open(path, user ? std::optional<uid_t>(user->uid) : std::optional<uid_t>());
  if (!control) return tl::unexpected(control.error());
  if (auto published = (*control)->Publish(); !published) return published;
  control_ = std::move(*control);
  return {};
}

void Daemon::Watch(const std::shared_ptr<const engine::Generation>& generation) {
  std::vector<std::shared_ptr<WatchedFile>> files(generation->lists.begin(),
                                                  generation->lists.end());
  for (const auto& table : generation->identity_tables.All()) files.push_back(table);
  watcher_.Watch(std::move(files));
  list_watcher_.Watch(*generation);
}

void Daemon::WarnOfLimits() {
  const std::uint64_t files = RaiseFileLimit();
  if (files < kComfortableFiles) {
    log_.Warning(fmt::format(
        "only {} open files are allowed, one is needed per session: raise LimitNOFILE", files));
  }
  if (RunsAsRoot())
    log_.Warning("running as root: set milter.user, or start assayd as another user");
  for (const std::string& file : UnreadableFiles(options_.config_path, running_config_)) {
    log_.Warning("a reload will fail: " + file);
  }
  for (const std::string& table : UnreadableTables(running_config_)) {
    log_.Warning("its changes will not be read: " + table);
  }
}

int Daemon::Serve() {
  std::thread([] {
    BlockSignals();
    RunLibmilter();
    PostLibmilterEnded();
  }).detach();
  if (!pacer_.WaitUntilServed(SteadyClock::now() + kStartTimeout)) {
    log_.Error("libmilter does not serve the socket");
    EndProcess(kExitSoftware);
  }
  pacer_.Start();
  if (control_) control_->Start(PostWork);
  LogReady();
  NotifySupervisor("READY=1");
  for (;;) {
    switch (WaitForEvent(-1)) {
      case Event::kReload:
        (void)Reload(false);
        DoWork();
        break;
      case Event::kWork:
        DoWork();
        break;
      case Event::kStop:
        Drain();
      case Event::kLibmilterEnded:
        log_.Error("libmilter has ended by itself");
        EndProcess(kExitSoftware);
      case Event::kNone:
        break;
    }
  }
}

void Daemon::LogReady() {
  const auto generation = generation_.Get();
  log_.Info(fmt::format("assayd {} serves {}: mode={} rules={} gen={}", ASSAY_VERSION,
                        listener_->Describe(),
                        generation->config.mode == config::Mode::kEnforce ? "enforce" : "monitor",
                        generation->rules->rules().size(), generation->number));
}

// What other threads have left: a request at the control socket, lists that were read again.
void Daemon::DoWork() {
  if (control_) {
    if (const auto request = control_->Take()) control_->Reply(Reload(request->accept_shrink));
  }
  UseChangedLists();
}

void Daemon::UseChangedLists() {
  const auto previous = generation_.Get();
  auto next = engine::WithCurrentLists(*previous, previous->number + 1);
  if (next == nullptr) return;
  log_.Info(fmt::format("lists changed: gen={}", next->number));
  generation_.Set(std::move(next));
}

// All or nothing; transactions that are under way keep what they began with.
Control::Answer Daemon::Reload(bool accept_shrink) {
  NotifyReloading();
  const auto previous = generation_.Get();
  LoadedGeneration loaded = LoadEverything(options_.config_path, previous.get(), accept_shrink);
  for (const std::string& message : loaded.messages) log_.Warning(message);
  if (loaded.generation == nullptr) {
    loaded.messages.push_back(fmt::format("reload failed, gen={} stays", previous->number));
    log_.Error(loaded.messages.back());
  } else {
    generation_.Set(loaded.generation);
    Watch(loaded.generation);
    log_.SetSink(SinkOf(loaded.generation->config));
    const auto keys = KeysThatNeedRestart(running_config_, loaded.generation->config);
    if (!keys.empty()) {
      loaded.messages.push_back("changed, but counts only after a restart: " + Join(keys, ", "));
      log_.Warning(loaded.messages.back());
    }
    loaded.messages.push_back(fmt::format(
        "reloaded: mode={} rules={} gen={}",
        loaded.generation->config.mode == config::Mode::kEnforce ? "enforce" : "monitor",
        loaded.generation->rules->rules().size(), loaded.generation->number));
    log_.Info(loaded.messages.back());
  }
  NotifySupervisor("READY=1");
  return {loaded.generation != nullptr, std::move(loaded.messages)};
}

// New sessions go to a successor, or find the path gone; open ones may finish. A second signal ends
// the wait.
void Daemon::Drain() {
  NotifySupervisor("STOPPING=1");
  const auto drain = generation_.Get()->config.milter.drain;
  log_.Info(fmt::format("stopping: {} sessions open, waiting at most {} s", sessions_.open(),
                        drain.count()));
  if (control_) control_->Stop();
  listener_->Retire();
  const Deadline settled = SteadyClock::now() + kDrainSettle;
  const Deadline until = SteadyClock::now() + drain;
  while (SteadyClock::now() < settled || (sessions_.open() > 0 && SteadyClock::now() < until)) {
    const Event event = WaitForEvent(kDrainPoll);
    if (event == Event::kStop || event == Event::kLibmilterEnded) break;
  }
  watcher_.Stop();
  list_watcher_.Stop();
  if (journal_) journal_->Stop(SteadyClock::now() + kJournalStop);
  log_.Info(fmt::format("stopped: {} sessions cut off", sessions_.open()));
  EndProcess(kExitOk);
}

// What the configuration names outside itself: a user, a group, a zone file.
struct StartPlan {
  std::optional<User> user;
  ListenOptions listen;
  SocketSpec socket;
  std::shared_ptr<dns::Resolver> resolver;
};

Result<StartPlan> PlanStart(const config::Config& config, const DaemonOptions& options) {
  StartPlan plan;
  auto user = UserToBecome(config.milter);
  if (!user) return tl::unexpected(user.error());
  plan.user = std::move(*user);
  auto listen = SocketOptions(config.milter, plan.user);
  if (!listen) return tl::unexpected(listen.error());
  plan.listen = *listen;
  auto socket =
      options.socket ? Result<SocketSpec>(*options.socket) : ParseSocketSpec(config.milter.socket);
  if (!socket) return tl::unexpected(socket.error());
  plan.socket = std::move(*socket);
  auto resolver = engine::MakeResolver(config.dns);
  if (!resolver) return tl::unexpected(resolver.error());
  plan.resolver = std::move(*resolver);
  return plan;
}

}  // namespace

int CheckConfiguration(const DaemonOptions& options) {
  const LoadedGeneration loaded = LoadEverything(options.config_path, nullptr);
  Print(loaded.messages);
  if (loaded.generation == nullptr) return kExitConfig;
  const auto plan = PlanStart(loaded.generation->config, options);
  return plan ? kExitOk : Fail(plan.error(), kExitConfig);
}

int RunDaemon(const DaemonOptions& options) {
  BlockSignals();
  LoadedGeneration loaded = LoadEverything(options.config_path, nullptr);
  Print(loaded.messages);
  if (loaded.generation == nullptr) return kExitConfig;
  auto plan = PlanStart(loaded.generation->config, options);
  if (!plan) return Fail(plan.error(), kExitConfig);
  auto listener = Listener::Open(plan->socket, plan->listen);
  if (!listener) return Fail(listener.error(), kExitCannotCreate);
  auto daemon = std::make_unique<Daemon>(options, loaded.generation, std::move(plan->resolver),
                                         std::move(*listener));
  if (const int code = daemon->OpenForSessions(plan->user); code != kExitOk) return code;
  return daemon.release()->Serve();
}

}  // namespace assay::milter
