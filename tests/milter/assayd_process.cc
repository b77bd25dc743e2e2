// SPDX-License-Identifier: Apache-2.0
#include "tests/milter/assayd_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "lib/base/clock.h"

namespace assay::test {
namespace {

constexpr std::chrono::milliseconds kPoll{5};
constexpr std::chrono::seconds kStartLimit{30};  // a sanitizer on a loaded machine

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// argv or envp for posix_spawn().
std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const AssaydSettings& settings) {
  std::vector<std::string> environment = settings.environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  return environment;
}

int ToExitCode(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status); }

}  // namespace

void WriteConfiguration(const TemporaryFolder& folder, const AssaydSettings& settings) {
  folder.Write("zone.txt", kTestZone);
  folder.Write("local.rules", kTestRules);
  const std::string socket =
      settings.socket.empty() ? "unix:" + folder.Path("assay.sock") : settings.socket;
  folder.Write(
      "assay.toml",
      fmt::format(
          "mode = \"{}\"\n{}\n[milter]\nsocket = \"{}\"\ncontrol = \"{}\"\n{}\n[identity]\n"
          "local_domains = [\"local.example\"]\n{}\n[dns]\nzone = \"{}\"\n{}\n[spf]\n{}\n"
          "[rules]\ndirectory = \"\"\nlocal = \"{}\"\n[log]\nto_stderr = true\n[journal]\n{}\n",
          settings.mode, settings.general, socket, folder.Path("control.sock"), settings.milter,
          settings.identity, folder.Path("zone.txt"), settings.dns, settings.spf,
          folder.Path("local.rules"), settings.journal));
}

Assayd Assayd::Spawn(const TemporaryFolder& folder, const AssaydSettings& settings) {
  static std::atomic<int> number{0};
  const std::string log_path = folder.Path(fmt::format("log.{}", ++number));
  std::vector<std::string> arguments = {ASSAYD, "-c", folder.Path("assay.toml")};
  arguments.insert(arguments.end(), settings.arguments.begin(), settings.arguments.end());
  std::vector<std::string> environment = Environment(settings);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log_path.c_str(),
                                   O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (settings.inherited_fd >= 0)
    posix_spawn_file_actions_adddup2(&actions, settings.inherited_fd, 3);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, ASSAYD, &actions, nullptr, Pointers(arguments).data(),
                                  Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::generic_category(), ASSAYD);
  return {pid, log_path, folder.Path("assay.sock")};
}

Assayd Assayd::Start(const TemporaryFolder& folder, const AssaydSettings& settings) {
  WriteConfiguration(folder, settings);
  Assayd assayd = Spawn(folder, settings);
  if (!assayd.WaitForLog(" serves ", 1, kStartLimit))
    throw std::runtime_error("assayd does not serve: " + assayd.log());
  return assayd;
}

Assayd::Assayd(Assayd&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      log_path_(std::move(other.log_path_)),
      socket_path_(std::move(other.socket_path_)),
      status_(other.status_) {}

Assayd::~Assayd() {
  if (pid_ <= 0 || status_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Assayd::Signal(int number) const { ::kill(pid_, number); }

std::optional<int> Assayd::WaitForExit(std::chrono::milliseconds limit) {
  const Deadline until = SteadyClock::now() + limit;
  while (!status_) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      status_ = ToExitCode(status);
    } else if (SteadyClock::now() >= until) {
      break;
    } else {
      std::this_thread::sleep_for(kPoll);
    }
  }
  return status_;
}

std::string Assayd::log() const { return ReadFile(log_path_); }

bool Assayd::WaitForLog(std::string_view text, std::size_t times,
                        std::chrono::milliseconds limit) const {
  const Deadline until = SteadyClock::now() + limit;
  while (CountOf(log(), text) < times) {
    if (SteadyClock::now() >= until) return false;
    std::this_thread::sleep_for(kPoll);
  }
  return true;
}

std::size_t Assayd::ResidentKib() const {
  std::ifstream status(fmt::format("/proc/{}/status", pid_));
  for (std::string word; status >> word;) {
    if (word != "VmRSS:") continue;
    std::size_t kib = 0;
    status >> kib;
    return kib;
  }
  return 0;
}

UniqueFd ListenUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const void* generic = &address;
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(fd.get(), static_cast<const sockaddr*>(generic), sizeof address) != 0 ||
      ::listen(fd.get(), 128) != 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
  return fd;
}

std::size_t CountOf(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    ++count;
  return count;
}

}  // namespace assay::test
