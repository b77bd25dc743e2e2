// SPDX-License-Identifier: Apache-2.0
// Lookup tables of the administrator's own, as Postfix has them: one key, at most one value.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/clock.h"
#include "lib/base/result.h"

namespace assay::identity {

// Immutable once opened; any number of threads may look up at the same time.
class Table {
 public:
  Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;
  virtual ~Table() = default;

  // The value, or nothing where there is no such key. An Error is always temporary: a server that
  // does not answer, a locked database, a pattern that needs too much time. Returns by `until`;
  // tables in memory do not wait at all.
  [[nodiscard]] virtual Result<std::optional<std::string>> Lookup(std::string_view key,
                                                                  Deadline until) const = 0;
  // Whether it is asked for parts of an address ("user", "@domain") too. Postfix asks patterns and
  // socketmaps for whole addresses only.
  [[nodiscard]] virtual bool takes_parts() const { return true; }
  // Whether Lookup() may wait for something.
  [[nodiscard]] virtual bool may_wait() const { return false; }
  // How many entries it has; nothing where that cannot be said.
  [[nodiscard]] virtual std::optional<std::size_t> entries() const { return {}; }
};

using TablePtr = std::shared_ptr<const Table>;

}  // namespace assay::identity
