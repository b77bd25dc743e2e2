// SPDX-License-Identifier: Apache-2.0
// What the tests of the journal share.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "lib/base/clock.h"
#include "lib/journal/record.h"

namespace assay::journal {

// A folder of its own, removed with this object.
class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "assay-journal-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), pattern);
    }
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string Path(std::string_view name = "journal.db") const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

// A record with this reference and nothing else but what a search needs.
inline Record MakeRecord(std::string ref, std::string queue_id = "4XyZ1w",
                         std::string message_id = "1@mail.example.com") {
  Record record;
  record.time = Now().time_since_epoch().count();
  record.ref = std::move(ref);
  record.queue_id = std::move(queue_id);
  record.message_id = std::move(message_id);
  record.verdict.action = record.verdict.would = "none";
  return record;
}

// Bytes of all kinds.
inline std::string RandomText(std::mt19937& random, std::size_t most = 30) {
  std::string text(random() % (most + 1), '\0');
  const bool ascii = random() % 2 == 0;
  for (char& c : text) c = static_cast<char>(ascii ? 32 + random() % 95 : random());
  return text;
}

}  // namespace assay::journal
