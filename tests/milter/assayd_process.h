// SPDX-License-Identifier: Apache-2.0
// The real assayd in a folder of its own, with offline DNS.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/unique_fd.h"
#include "tests/support/milter_client.h"
#include "tests/support/temporary_folder.h"

namespace assay::test {

// What DNS says in these tests: fail.example.com passes for nobody, slow.example.com never answers.
inline constexpr std::string_view kTestZone = R"(
pass.example.com  TXT "v=spf1 ip4:192.0.2.0/24 -all"
fail.example.com  TXT "v=spf1 -all"
slow.example.com  TIMEOUT
)";

// Verdicts that a subject asks for.
inline constexpr std::string_view kTestRules = R"(
rule ASKS_REJECT {
  about "The subject asks for it"
  when subject ~ /please reject/
  action reject "100% certain"
  hit  "Subject: please reject\n\nx"
  miss "Subject: hello\n\nx"
}
rule ASKS_QUARANTINE {
  about "The subject asks for it"
  when subject ~ /please hold/
  action quarantine "asked to be held"
  hit  "Subject: please hold\n\nx"
  miss "Subject: hello\n\nx"
}
rule ASKS_TEMPFAIL {
  about "The subject asks for it"
  when subject ~ /please defer/
  action tempfail "come back later"
  hit  "Subject: please defer\n\nx"
  miss "Subject: hello\n\nx"
}
)";

struct AssaydSettings {
  std::string mode = "enforce";
  std::string socket;                       // of the configuration; empty: unix:FOLDER/assay.sock
  std::string milter;                       // lines for [milter]
  std::string spf;                          // lines for [spf]
  std::string dns;                          // lines for [dns]
  std::string general;                      // lines before the first table
  std::string identity = {};                // lines for [identity]
  std::string journal = "enabled = false";  // lines for [journal]
  std::vector<std::string> arguments;
  int inherited_fd = -1;                 // becomes descriptor 3
  std::vector<std::string> environment;  // "NAME=value", besides ours
};

// Writes assay.toml, zone.txt and local.rules into `folder`.
void WriteConfiguration(const TemporaryFolder& folder, const AssaydSettings& settings);

// One running assayd; killed with this object. Several may share a folder, as predecessor and
// successor.
class Assayd {
 public:
  // Does not wait for anything.
  static Assayd Spawn(const TemporaryFolder& folder, const AssaydSettings& settings = {});
  // Writes the configuration and waits until sessions are served; throws std::runtime_error with
  // the log otherwise.
  static Assayd Start(const TemporaryFolder& folder, const AssaydSettings& settings = {});
  ~Assayd();
  Assayd(Assayd&& other) noexcept;
  Assayd& operator=(Assayd&&) = delete;

  [[nodiscard]] MilterClient Connect() const { return MilterClient::ConnectUnix(socket_path_); }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void Signal(int number) const;
  // The exit status, -N when killed by signal N; nothing when it still runs after `limit`.
  [[nodiscard]] std::optional<int> WaitForExit(std::chrono::milliseconds limit);
  // Standard error so far.
  [[nodiscard]] std::string log() const;
  // False when `text` has not been logged `times` times within `limit`.
  [[nodiscard]] bool WaitForLog(std::string_view text, std::size_t times = 1,
                                std::chrono::milliseconds limit = std::chrono::seconds(20)) const;
  [[nodiscard]] std::size_t ResidentKib() const;

 private:
  Assayd(pid_t pid, std::string log_path, std::string socket_path)
      : pid_(pid), log_path_(std::move(log_path)), socket_path_(std::move(socket_path)) {}

  pid_t pid_;
  std::string log_path_;
  std::string socket_path_;
  std::optional<int> status_;
};

// A listening unix socket as systemd makes and holds it.
[[nodiscard]] UniqueFd ListenUnix(const std::string& path);

// How often `part` occurs in `text`.
[[nodiscard]] std::size_t CountOf(std::string_view text, std::string_view part);

}  // namespace assay::test
