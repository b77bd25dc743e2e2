// SPDX-License-Identifier: Apache-2.0
// A table held in memory: what texthash, hash, btree, lmdb, cdb and inline become once read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/identity/table.h"

namespace assay::identity {

inline constexpr std::size_t kMaxTableEntries = 4'000'000;          // a large provider has a tenth
inline constexpr std::size_t kMaxTableBytes = 256UL * 1024 * 1024;  // keys and values together

// One allocation for all texts, 16 bytes beside it for each entry.
class MemoryTable final : public Table {
 public:
  // Collects entries. Of two with one key the first counts, as in Postfix.
  class Builder {
   public:
    // One NUL at the end of key or value, which postmap(1) writes, is left out. An Error when there
    // is too much.
    [[nodiscard]] Result<void> Add(std::string_view key, std::string_view value);
    [[nodiscard]] TablePtr Finish() &&;

   private:
    friend class MemoryTable;
    struct Entry {
      std::uint32_t key, key_size, value, value_size;  // offsets and sizes in texts_
    };
    std::string texts_;
    std::vector<Entry> entries_;
  };

  // Folds the key to lower case; the table's keys are compared as they are.
  [[nodiscard]] Result<std::optional<std::string>> Lookup(std::string_view key,
                                                          Deadline until) const override;
  [[nodiscard]] std::optional<std::size_t> entries() const override { return entries_.size(); }

 private:
  explicit MemoryTable(Builder builder);
  [[nodiscard]] std::string_view KeyOf(const Builder::Entry& entry) const {
    return std::string_view(texts_).substr(entry.key, entry.key_size);
  }

  std::string texts_;
  std::vector<Builder::Entry> entries_;  // by key
};

}  // namespace assay::identity
