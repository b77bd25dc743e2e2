// SPDX-License-Identifier: Apache-2.0
// How much each login has sent in the last hour.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/base/clock.h"

namespace assay::identity {

// A window of an hour that slides by five minutes.
inline constexpr std::size_t kCounterSlots = 12;
inline constexpr std::int64_t kSlotSeconds = 300;
// Distinct authors that are told apart for one login; more count as this many.
inline constexpr std::size_t kMaxAuthorsCounted = 100;
// A login's longest text that counts; longer ones share their beginning.
inline constexpr std::size_t kMaxLoginBytes = 256;

struct LoginCounts {
  std::uint64_t messages = 0;
  std::uint64_t recipients = 0;
  std::uint64_t authors = 0;  // distinct addresses in From
  bool operator==(const LoginCounts&) const = default;
};

// Thread-safe. Holds at most `max_bytes`; the logins that have sent nothing for longest go first.
class LoginCounters {
 public:
  explicit LoginCounters(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // Adds one message and returns what the login has sent in the hour that ends with `now`, this
  // message included. Logins and authors are told apart without regard to case.
  LoginCounts Add(std::string_view login, std::size_t recipients,
                  std::span<const std::string> authors, WallTime now);
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Slot {
    std::int64_t number = -1;  // of five minutes since 1970
    std::uint64_t messages = 0;
    std::uint64_t recipients = 0;
  };
  struct Author {
    std::uint64_t hash;
    std::int64_t slot;  // that it was seen in last
  };
  struct Entry {
    std::string login;
    std::array<Slot, kCounterSlots> slots;
    std::vector<Author> authors;
  };
  using Entries = std::list<Entry>;  // last used first

  [[nodiscard]] static std::size_t Cost(const Entry& entry);
  Entries::iterator Touch(const std::string& login);
  static void See(Entry& entry, std::span<const std::string> authors, std::int64_t slot);
  void Shrink();

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::size_t bytes_ = 0;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_login_;  // views into entries_
};

}  // namespace assay::identity
