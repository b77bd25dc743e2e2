// SPDX-License-Identifier: Apache-2.0
// ZIP: PKWARE's APPNOTE 6.3. RAR: the technical notes of RAR 4 and 5.
#include "lib/mail/archive.h"

#include <algorithm>
#include <cstdint>

#include "lib/base/text.h"
#include "lib/mail/charset.h"

namespace assay::mail {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLocalHeader = "PK\x03\x04"sv;
constexpr std::string_view kCentralHeader = "PK\x01\x02"sv;
constexpr std::string_view kEndOfDirectory = "PK\x05\x06"sv;
constexpr std::size_t kMaxZipComment = 0xffff;

// Reads little-endian numbers; what lies behind the end is 0 and sets bad().
class ByteReader {
 public:
  explicit ByteReader(std::string_view data, std::size_t at = 0) : data_(data), at_(at) {}

  [[nodiscard]] std::uint64_t Number(std::size_t bytes) {
    std::uint64_t value = 0;
    if (!Has(bytes)) return 0;
    for (std::size_t i = 0; i < bytes; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(data_[at_ + i])) << (8 * i);
    }
    at_ += bytes;
    return value;
  }
  // RAR 5: seven bits a byte, the lowest first.
  [[nodiscard]] std::uint64_t Variable() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint64_t byte = Number(1);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    bad_ = true;
    return 0;
  }
  [[nodiscard]] std::string_view Bytes(std::size_t length) {
    if (!Has(length)) return {};
    at_ += length;
    return data_.substr(at_ - length, length);
  }
  void Skip(std::uint64_t length) {
    if (Has(length)) at_ += static_cast<std::size_t>(length);
  }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] bool bad() const { return bad_; }
  [[nodiscard]] bool AtEnd() const { return at_ >= data_.size(); }

 private:
  bool Has(std::uint64_t length) {
    bad_ = bad_ || at_ > data_.size() || length > data_.size() - at_;
    return !bad_;
  }

  std::string_view data_;
  std::size_t at_;
  bool bad_ = false;
};

// Returns false when the listing is full.
bool AddName(std::string_view name, ArchiveListing& listing) {
  if (listing.names.size() >= kMaxArchiveNames) {
    listing.cut = true;
    return false;
  }
  name = name.substr(0, kMaxArchiveName);
  const std::string_view prefix =
      name.size() == kMaxArchiveName && IsValidUtf8(name.substr(0, name.find_last_of("/\\") + 1))
          ? Utf8Prefix(name, kMaxArchiveName - 1)
          : name;
  std::string text = IsValidUtf8(prefix) ? std::string(prefix) : ToUtf8(prefix, "cp437");
  std::ranges::replace(text, '\\', '/');
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7f'; }, '?');
  listing.names.push_back(std::move(text));
  return true;
}

// 4.3.12: false when there is no directory to read.
bool ListDirectory(std::string_view data, ArchiveListing& listing) {
  const std::size_t search = std::min(data.size(), kMaxZipComment + 22);
  const std::size_t end = data.substr(data.size() - search).rfind(kEndOfDirectory);
  if (end == std::string_view::npos) return false;
  const std::size_t end_at = data.size() - search + end;
  ByteReader record(data, end_at + 10);
  const std::uint64_t count = record.Number(2);
  const std::uint64_t size = record.Number(4);
  std::uint64_t begin = record.Number(4);
  // Something may stand before the archive: the offsets are short by that.
  if (size <= end_at &&
      !data.substr(std::min<std::size_t>(begin, data.size())).starts_with(kCentralHeader)) {
    begin = end_at - size;
  }
  if (record.bad() || begin > data.size()) return false;
  ByteReader reader(data, static_cast<std::size_t>(begin));
  while (reader.position() < end_at) {
    if (reader.Bytes(4) != kCentralHeader) break;
    reader.Skip(4);
    const std::uint64_t flags = reader.Number(2);
    reader.Skip(18);
    const std::uint64_t name = reader.Number(2);
    const std::uint64_t extra = reader.Number(2);
    const std::uint64_t comment = reader.Number(2);
    reader.Skip(12);
    const std::string_view text = reader.Bytes(name);
    reader.Skip(extra + comment);
    if (reader.bad()) break;
    listing.encrypted |= (flags & 0x2001) != 0;  // bit 0; bit 13: the directory itself
    if (!AddName(text, listing)) return true;
  }
  listing.cut |= listing.names.size() < count;
  return count == 0 || !listing.names.empty();
}

// 4.3.7: each file has its name before its data as well.
void ListLocalHeaders(std::string_view data, ArchiveListing& listing) {
  std::size_t at = data.find(kLocalHeader);
  while (at != std::string_view::npos) {
    ByteReader reader(data, at + 6);
    const std::uint64_t flags = reader.Number(2);
    reader.Skip(10);
    const std::uint64_t size = reader.Number(4);
    reader.Skip(4);
    const std::uint64_t name = reader.Number(2);
    const std::uint64_t extra = reader.Number(2);
    const std::string_view text = reader.Bytes(name);
    if (reader.bad()) break;
    listing.encrypted |= (flags & 1) != 0;
    if (!AddName(text, listing)) break;
    // Where the size stands behind the data (bit 3) the next header has to be looked for.
    reader.Skip(extra);
    reader.Skip(size);
    if (reader.bad()) break;
    at = data.find(kLocalHeader, reader.position());
  }
  listing.cut = true;
}

void ListZip(std::string_view data, bool whole, ArchiveListing& listing) {
  if (whole && ListDirectory(data, listing)) return;
  listing.names.clear();
  ListLocalHeaders(data, listing);
}

void ListRar4(std::string_view data, ArchiveListing& listing) {
  ByteReader reader(data, 7);
  while (!reader.AtEnd()) {
    const std::size_t begin = reader.position();
    reader.Skip(2);
    const std::uint64_t type = reader.Number(1);
    const std::uint64_t flags = reader.Number(2);
    const std::uint64_t size = reader.Number(2);
    const std::uint64_t packed = (flags & 0x8000) != 0 ? reader.Number(4) : 0;
    if (reader.bad() || size < 7) break;
    if (type == 0x73 && (flags & 0x80) != 0) {  // the headers behind are encrypted
      listing.encrypted = true;
      return;
    }
    if (type == 0x74) {
      reader.Skip(15);
      const std::uint64_t length = reader.Number(2);
      reader.Skip((flags & 0x100) != 0 ? 12 : 4);
      std::string_view name = reader.Bytes(length);
      if (reader.bad()) break;
      listing.encrypted |= (flags & 4) != 0;
      name = name.substr(0, name.find('\0'));  // behind it the same in Unicode, packed
      if (!AddName(name, listing)) return;
    }
    if (type == 0x7b) return;  // the end
    reader = ByteReader(data, begin);
    reader.Skip(size + packed);
    if (reader.bad()) break;
  }
  listing.cut = true;
}

// One file header of RAR 5, from behind its flags; `end` is where the header ends.
bool AddRar5File(ByteReader& reader, std::uint64_t extra, std::size_t end, std::string_view data,
                 ArchiveListing& listing) {
  const std::uint64_t flags = reader.Variable();
  (void)reader.Variable();
  (void)reader.Variable();
  reader.Skip(((flags & 2) != 0 ? 4U : 0U) + ((flags & 4) != 0 ? 4U : 0U));
  (void)reader.Variable();
  (void)reader.Variable();
  const std::uint64_t length = reader.Variable();
  const std::string_view name = reader.Bytes(static_cast<std::size_t>(length));
  if (reader.bad()) return false;
  if (extra > 0 && extra <= end) {
    ByteReader record(data, end - static_cast<std::size_t>(extra));
    (void)record.Variable();
    listing.encrypted |= record.Variable() == 1 && !record.bad();
  }
  return AddName(name, listing);
}

void ListRar5(std::string_view data, ArchiveListing& listing) {
  ByteReader reader(data, 8);
  while (!reader.AtEnd()) {
    reader.Skip(4);
    const std::uint64_t size = reader.Variable();
    const std::size_t begin = reader.position();
    const std::uint64_t type = reader.Variable();
    const std::uint64_t flags = reader.Variable();
    const std::uint64_t extra = (flags & 1) != 0 ? reader.Variable() : 0;
    const std::uint64_t packed = (flags & 2) != 0 ? reader.Variable() : 0;
    if (reader.bad() || size == 0 || size > data.size() - begin) break;
    if (type == 4) {  // all headers behind are encrypted
      listing.encrypted = true;
      return;
    }
    const std::size_t end = begin + static_cast<std::size_t>(size);
    if (type == 2 && !AddRar5File(reader, extra, end, data, listing)) break;
    if (type == 5) return;  // the end
    reader = ByteReader(data, end);
    reader.Skip(packed);
    if (reader.bad()) break;
  }
  listing.cut = true;
}

void ListGzip(std::string_view data, ArchiveListing& listing) {
  ByteReader reader(data, 3);
  const std::uint64_t flags = reader.Number(1);
  reader.Skip(6);
  if ((flags & 4) != 0) reader.Skip(reader.Number(2));
  if ((flags & 8) == 0 || reader.bad()) return;
  const std::string_view rest = data.substr(reader.position(), kMaxArchiveName);
  const std::size_t end = rest.find('\0');
  if (end != std::string_view::npos) (void)AddName(rest.substr(0, end), listing);
}

}  // namespace

ArchiveListing ListArchive(FileType type, std::string_view data, bool whole) {
  ArchiveListing listing;
  switch (type) {
    case FileType::kZip:
      ListZip(data, whole, listing);
      break;
    case FileType::kRar:
      if (data.substr(6).starts_with("\x01\x00"sv)) {
        ListRar5(data, listing);
      } else {
        ListRar4(data, listing);
      }
      break;
    case FileType::kGzip:
      ListGzip(data, listing);
      break;
    case FileType::kSevenZip:
      // The coder of AES-256 stands in the header at the end, which is never packed with itself.
      listing.encrypted = data.find("\x06\xf1\x07\x01"sv) != std::string_view::npos;
      break;
    default:
      break;
  }
  return listing;
}

FileType TypeOfZip(const ArchiveListing& listing) {
  const auto has = [&](std::string_view name) {
    return std::ranges::any_of(listing.names, [&](const std::string& n) { return n == name; });
  };
  if (has("[Content_Types].xml")) return FileType::kOoxml;
  if (has("META-INF/MANIFEST.MF") || has("AndroidManifest.xml")) return FileType::kJava;
  if (has("mimetype") && has("content.xml")) return FileType::kOdf;
  return FileType::kZip;
}

}  // namespace assay::mail
