// SPDX-License-Identifier: Apache-2.0
#include "lib/dns/wire.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"

namespace assay::dns {
namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxLabelBytes = 63;
constexpr std::size_t kMaxNameBytes =
    253;  // without the length byte of the first label and the root
constexpr std::size_t kMaxWireNameBytes = 255;  // RFC 1035, 2.3.4
constexpr int kMaxPointers = 127;               // as many as a name can have labels
constexpr std::uint16_t kClassIn = 1;
constexpr std::uint16_t kTypeCname = 5;
constexpr std::uint16_t kTypeSoa = 6;

constexpr int kNoError = 0;
constexpr int kServerFailure = 2;
constexpr int kNameError = 3;
constexpr int kRefused = 5;

void AppendLabel(std::string& name, std::span<const std::uint8_t> label) {
  if (!name.empty()) name += '.';
  for (const std::uint8_t byte : label) {
    const char c = static_cast<char>(byte);
    if (c == '.') {
      name += "\\046";
    } else if (c == '\0') {
      name += "\\000";
    } else {
      name += AsciiLower(c);
    }
  }
}

// Reads from the front; once a read does not fit, failed() stays true and every value is 0 or
// empty.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> packet) : Reader(packet, 0, packet.size()) {}
  Reader(std::span<const std::uint8_t> packet, std::size_t at, std::size_t end)
      : packet_(packet), at_(at), end_(end) {}

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool AtEnd() const { return at_ == end_; }
  [[nodiscard]] std::size_t at() const { return at_; }

  std::span<const std::uint8_t> Bytes(std::size_t count) {
    if (failed_ || count > end_ - at_) {
      failed_ = true;
      return {};
    }
    const auto bytes = packet_.subspan(at_, count);
    at_ += count;
    return bytes;
  }
  std::uint8_t U8() {
    const auto bytes = Bytes(1);
    return bytes.empty() ? std::uint8_t{0} : bytes[0];
  }
  std::uint16_t U16() {
    const unsigned high = U8();
    return static_cast<std::uint16_t>(high << 8U | U8());
  }
  std::uint32_t U32() {
    const std::uint32_t high = U16();
    return high << 16U | U16();
  }
  // A name, decompressed. Pointers lead strictly backwards, so there is no loop.
  std::string Name() {
    std::string name;
    std::size_t wire_bytes = 1;
    std::size_t at = at_;
    std::size_t limit = end_;
    int pointers = 0;
    while (!failed_) {
      if (at >= limit) return Fail();
      const std::uint8_t length = packet_[at];
      if (length == 0) {
        if (pointers == 0) at_ = at + 1;
        return name;
      }
      if (length >= 0xc0) {
        if (at + 1 >= limit || ++pointers > kMaxPointers) return Fail();
        const std::size_t target = (length & 0x3fU) << 8U | packet_[at + 1];
        if (target >= at) return Fail();
        if (pointers == 1) at_ = at + 2;
        limit = packet_.size();
        at = target;
        continue;
      }
      wire_bytes += length + 1U;
      if (length > kMaxLabelBytes || at + 1 + length > limit || wire_bytes > kMaxWireNameBytes) {
        return Fail();
      }
      AppendLabel(name, packet_.subspan(at + 1, length));
      at += 1U + length;
    }
    return {};
  }

 private:
  std::string Fail() {
    failed_ = true;
    return {};
  }

  std::span<const std::uint8_t> packet_;
  std::size_t at_;
  std::size_t end_;
  bool failed_ = false;
};

struct Header {
  bool is_reply = false;
  bool truncated = false;
  int opcode = 0;
  int rcode = 0;
  std::uint16_t questions = 0;
  std::uint16_t answers = 0;
  std::uint16_t authorities = 0;
};

Header ReadHeader(Reader& reader) {
  Header header;
  reader.U16();  // the id: c-ares has compared it
  const std::uint16_t flags = reader.U16();
  header.is_reply = (flags & 0x8000U) != 0;
  header.truncated = (flags & 0x0200U) != 0;
  header.opcode = flags >> 11U & 0xf;
  header.rcode = flags & 0xf;
  header.questions = reader.U16();
  header.answers = reader.U16();
  header.authorities = reader.U16();
  reader.U16();  // additional records are not read
  return header;
}

bool MatchesQuestion(Reader& reader, const Question& question) {
  const std::string name = reader.Name();
  const std::uint16_t type = reader.U16();
  const std::uint16_t rr_class = reader.U16();
  return !reader.failed() && name == question.name &&
         type == static_cast<std::uint16_t>(question.type) && rr_class == kClassIn;
}

// A resource record whose data has not been looked into yet.
struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::chrono::seconds ttl{0};
  std::size_t at = 0;   // of the data
  std::size_t end = 0;  // one past it
};

// The records of class IN of one section, or nothing when one does not fit.
std::optional<std::vector<Record>> ReadSection(Reader& reader, std::uint16_t count) {
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) {
    Record record;
    record.owner = reader.Name();
    record.type = reader.U16();
    const std::uint16_t rr_class = reader.U16();
    const std::chrono::seconds ttl(reader.U32());
    record.ttl = ttl > kMaxTtl ? std::chrono::seconds(0) : ttl;
    const std::uint16_t size = reader.U16();
    record.at = reader.at();
    reader.Bytes(size);
    record.end = reader.at();
    if (reader.failed()) return {};
    if (rr_class == kClassIn) records.push_back(std::move(record));
  }
  return records;
}

// Each Add… puts the data of one record into the answer; false when it does not have the form of
// its type.
template <std::size_t Size>
bool AddAddress(Reader data, Answer& answer,
                IpAddress (*make)(const std::array<std::uint8_t, Size>&)) {
  const auto bytes = data.Bytes(Size);
  if (data.failed() || !data.AtEnd()) return false;
  std::array<std::uint8_t, Size> address{};
  std::ranges::copy(bytes, address.begin());
  answer.addresses.push_back(make(address));
  return true;
}

bool AddText(Reader data, Answer& answer) {
  if (data.AtEnd()) return false;  // RFC 1035, 3.3.14: one string at least
  std::string text;
  while (!data.failed() && !data.AtEnd()) {
    const auto string = data.Bytes(data.U8());
    text.append(string.begin(), string.end());
  }
  if (data.failed()) return false;
  answer.texts.push_back(std::move(text));
  return true;
}

bool AddMailExchange(Reader data, Answer& answer) {
  MailExchange exchange;
  exchange.preference = data.U16();
  exchange.host = data.Name();
  if (data.failed() || !data.AtEnd()) return false;
  answer.mail_exchanges.push_back(std::move(exchange));
  return true;
}

bool AddHost(Reader data, Answer& answer) {
  std::string host = data.Name();
  if (data.failed() || !data.AtEnd()) return false;
  answer.hosts.push_back(std::move(host));
  return true;
}

bool AddRecord(Reader data, RrType type, Answer& answer) {
  switch (type) {
    case RrType::kA:
      return AddAddress<4>(data, answer, IpAddress::V4);
    case RrType::kAaaa:
      return AddAddress<16>(data, answer, IpAddress::V6);
    case RrType::kTxt:
      return AddText(data, answer);
    case RrType::kMx:
      return AddMailExchange(data, answer);
    case RrType::kPtr:
      return AddHost(data, answer);
  }
  return false;
}

Answer Failed(Status status) {
  Answer answer;
  answer.status = status;
  return answer;
}

Status StatusOf(int rcode) {
  switch (rcode) {
    case kNoError:
      return Status::kSuccess;
    case kNameError:
      return Status::kNxDomain;
    case kRefused:
      return Status::kRefused;
    case kServerFailure:
    default:
      return Status::kServFail;
  }
}

// The body of a reply whose header and question fit.
class Body {
 public:
  Body(std::span<const std::uint8_t> packet, const Question& question)
      : packet_(packet), question_(question) {}

  Answer Read(Reader& reader, const Header& header) {
    auto records = ReadSection(reader, header.answers);
    if (!records) return Failed(Status::kMalformed);
    records_ = std::move(*records);
    if (const Status status = FollowChain(); status != Status::kSuccess) return Failed(status);
    const Status status = StatusOf(header.rcode);
    if (status == Status::kSuccess && Find(static_cast<std::uint16_t>(question_.type)) != nullptr) {
      return Collect();
    }
    return Negative(reader, header,
                    status == Status::kSuccess ? Status::kNoData : Status::kNxDomain);
  }

 private:
  // The first record of the type at the name reached so far.
  [[nodiscard]] const Record* Find(std::uint16_t type) const {
    const auto found = std::ranges::find_if(
        records_, [&](const Record& r) { return r.type == type && r.owner == name_; });
    return found == records_.end() ? nullptr : &*found;
  }

  Status FollowChain() {
    name_ = question_.name;
    for (int hops = 0; Find(static_cast<std::uint16_t>(question_.type)) == nullptr; ++hops) {
      const Record* alias = Find(kTypeCname);
      if (alias == nullptr) return Status::kSuccess;
      if (hops == kMaxCnameHops) return Status::kServFail;
      Reader data(packet_, alias->at, alias->end);
      std::string target = data.Name();
      if (data.failed() || !data.AtEnd()) return Status::kMalformed;
      ttl_ = std::min(ttl_, alias->ttl);
      name_ = std::move(target);
    }
    return Status::kSuccess;
  }

  [[nodiscard]] Answer Collect() const {
    Answer answer;
    answer.status = Status::kSuccess;
    answer.ttl = ttl_;
    std::size_t count = 0;
    for (const Record& record : records_) {
      if (record.type != static_cast<std::uint16_t>(question_.type) || record.owner != name_)
        continue;
      answer.ttl = std::min(answer.ttl, record.ttl);
      const Reader data(packet_, record.at, record.end);
      if (++count > kMaxRecords || !AddRecord(data, question_.type, answer)) {
        return Failed(Status::kMalformed);
      }
    }
    return answer;
  }

  // RFC 2308, 5: without an SOA record a negative answer must not be kept.
  Answer Negative(Reader& reader, const Header& header, Status status) const {
    const auto authorities = ReadSection(reader, header.authorities);
    if (!authorities) return Failed(Status::kMalformed);
    Answer answer = Failed(status);
    const auto soa = std::ranges::find(*authorities, kTypeSoa, &Record::type);
    if (soa == authorities->end()) return answer;
    Reader data(packet_, soa->at, soa->end);
    data.Name();
    data.Name();
    data.Bytes(4 * sizeof(std::uint32_t));  // serial, refresh, retry, expire
    const std::chrono::seconds minimum(data.U32());
    if (data.failed() || !data.AtEnd()) return Failed(Status::kMalformed);
    answer.ttl = std::min({ttl_, soa->ttl, minimum});
    return answer;
  }

  std::span<const std::uint8_t> packet_;
  const Question& question_;
  std::vector<Record> records_;
  std::string name_;                    // reached so far
  std::chrono::seconds ttl_ = kMaxTtl;  // least of the chain so far
};

}  // namespace

bool IsEncodable(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  if (name.find('\0') != std::string_view::npos) return false;
  return std::ranges::all_of(Split(name, '.'), [](std::string_view label) {
    return !label.empty() && label.size() <= kMaxLabelBytes;
  });
}

Answer ParseReply(std::span<const std::uint8_t> packet, const Question& question) {
  Reader reader(packet);
  const Header header = ReadHeader(reader);
  if (reader.failed() || !header.is_reply || header.opcode != 0 || header.truncated ||
      header.questions != 1 || !MatchesQuestion(reader, question)) {
    return Failed(Status::kMalformed);
  }
  if (header.rcode != kNoError && header.rcode != kNameError) return Failed(StatusOf(header.rcode));
  return Body(packet, question).Read(reader, header);
}

bool IsTruncated(std::span<const std::uint8_t> packet) {
  Reader reader(packet);
  const Header header = ReadHeader(reader);
  return !reader.failed() && header.is_reply && header.truncated;
}

}  // namespace assay::dns
