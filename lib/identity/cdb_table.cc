// SPDX-License-Identifier: Apache-2.0
// cdb: constant databases as postmap(1) makes them, read as a whole. The format is at
// https://cr.yp.to/cdb/cdb.txt; tinycdb keeps within the file's bounds.
#include <cdb.h>
#include <sys/stat.h>

#include <cstdint>

#include "lib/identity/backends.h"
#include "lib/identity/memory_table.h"
#include "lib/identity/table_file.h"

namespace assay::identity {
namespace {

// cdb_free() takes back what cdb_init() mapped.
class Database {
 public:
  explicit Database(int fd) : good_(cdb_init(&cdb_, fd) == 0) {}
  ~Database() {
    if (good_) cdb_free(&cdb_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] cdb& get() { return cdb_; }

 private:
  cdb cdb_ = {};
  bool good_;
};

// The header's 256 hash tables follow the records: a file that has lost its end is not complete.
bool IsComplete(cdb& file, std::size_t size) {
  constexpr unsigned kTables = 256;
  constexpr std::uint64_t kSlotBytes = 8;
  const auto* header = static_cast<const unsigned char*>(cdb_get(&file, kTables * 8, 0));
  if (header == nullptr) return false;
  for (unsigned i = 0; i < kTables; ++i) {
    const std::uint64_t position = cdb_unpack(header + std::size_t{8} * i);
    const std::uint64_t slots = cdb_unpack(header + std::size_t{8} * i + 4);
    if (position + slots * kSlotBytes > size) return false;
  }
  return true;
}

}  // namespace

Result<OpenedTable> OpenCdb(const std::string& path, Deadline until) {
  auto locked = OpenLockedTableFile(path, until);
  if (!locked) return tl::unexpected(locked.error());
  const auto copy = CopyToMemory(*locked, path);
  if (!copy) return tl::unexpected(copy.error());
  locked->Reset();
  Database database(copy->get());
  if (!database.good()) return Permanent(path + ": is not a cdb file");
  struct stat status = {};
  if (::fstat(copy->get(), &status) != 0 ||
      !IsComplete(database.get(), static_cast<std::size_t>(status.st_size))) {
    return Permanent(path + ": is damaged: shorter than it says");
  }
  MemoryTable::Builder builder;
  unsigned position = 0;
  cdb& file = database.get();
  cdb_seqinit(&position, &file);
  int got = 0;
  while ((got = cdb_seqnext(&position, &file)) > 0) {
    const auto* key = static_cast<const char*>(cdb_getkey(&file));
    const auto* value = static_cast<const char*>(cdb_getdata(&file));
    if (key == nullptr || value == nullptr) return Permanent(path + ": is damaged");
    auto added = builder.Add({key, cdb_keylen(&file)}, {value, cdb_datalen(&file)});
    if (!added) return Permanent(path + ": " + added.error().what);
  }
  if (got < 0) return Permanent(path + ": is damaged");
  return OpenedTable{std::move(builder).Finish(), {}};
}

}  // namespace assay::identity
