// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "milter/listener.h"

namespace assay::milter {
namespace {

using Kind = SocketSpec::Kind;

struct Case {
  const char* name;
  const char* text;
  Kind kind;
  const char* place;  // path or host
  int number;         // port or descriptor
  const char* printed;
};
constexpr Case kCases[] = {
    {"unix", "unix:/run/a.sock", Kind::kUnix, "/run/a.sock", 0, "unix:/run/a.sock"},
    {"local", "local:/run/a.sock", Kind::kUnix, "/run/a.sock", 0, "unix:/run/a.sock"},
    {"inet", "inet:8891@127.0.0.1", Kind::kInet, "127.0.0.1", 8891, "inet:8891@127.0.0.1"},
    {"inet_all", "inet:8891", Kind::kInet, "", 8891, "inet:8891"},
    {"inet_name", "inet:8891@localhost", Kind::kInet, "localhost", 8891, "inet:8891@localhost"},
    {"inet6_brackets", "inet6:8891@[::1]", Kind::kInet6, "::1", 8891, "inet6:8891@::1"},
    {"inet6_bare", "inet6:8891@::1", Kind::kInet6, "::1", 8891, "inet6:8891@::1"},
    {"any_port", "inet:0@127.0.0.1", Kind::kInet, "127.0.0.1", 0, "inet:0@127.0.0.1"},
    {"upper_case", "UNIX:/A.sock", Kind::kUnix, "/A.sock", 0, "unix:/A.sock"},
    {"descriptor", "fd:3", Kind::kFd, "", 3, "fd:3"},
};

class SocketSpecTable : public testing::TestWithParam<Case> {};

TEST_P(SocketSpecTable, Parses) {
  const Case& want = GetParam();
  const auto spec = ParseSocketSpec(want.text);
  ASSERT_TRUE(spec) << spec.error().what;
  EXPECT_EQ(spec->kind, want.kind);
  EXPECT_EQ(want.kind == Kind::kUnix ? spec->path : spec->host, want.place);
  EXPECT_EQ(want.kind == Kind::kFd ? spec->fd : spec->port, want.number);
  EXPECT_EQ(spec->ToString(), want.printed);
}
INSTANTIATE_TEST_SUITE_P(Forms, SocketSpecTable, testing::ValuesIn(kCases),
                         [](const auto& i) { return std::string(i.param.name); });

struct BadCase {
  const char* name;
  std::string text;
  const char* says;
};
const BadCase kBadCases[] = {
    {"empty", "", "none of"},
    {"no_kind", "/run/a.sock", "none of"},
    {"unknown_kind", "tcp:8891", "none of"},
    {"relative", "unix:run/a.sock", "not absolute"},
    {"directory", "unix:/run/", "directory"},
    {"too_long", "unix:/" + std::string(kMaxSocketPath, 'x'), "at most 103"},
    {"postfix_order", "inet:127.0.0.1:8891", "PORT@HOST"},
    {"port_too_large", "inet:65536@127.0.0.1", "PORT@HOST"},
    {"negative_port", "inet:-1@127.0.0.1", "PORT@HOST"},
    {"no_host", "inet:8891@", "no host"},
    {"descriptor_word", "fd:three", "descriptor"},
};

class BadSocketSpecTable : public testing::TestWithParam<BadCase> {};

TEST_P(BadSocketSpecTable, IsRefusedWithReason) {
  const auto spec = ParseSocketSpec(GetParam().text);
  ASSERT_FALSE(spec);
  EXPECT_THAT(spec.error().what, testing::HasSubstr(GetParam().says));
}
INSTANTIATE_TEST_SUITE_P(Faults, BadSocketSpecTable, testing::ValuesIn(kBadCases),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(SocketSpec, LongestPathIsAccepted) {
  EXPECT_TRUE(ParseSocketSpec("unix:/" + std::string(kMaxSocketPath - 1, 'x')));
}

}  // namespace
}  // namespace assay::milter
