// SPDX-License-Identifier: Apache-2.0
#include "lib/config/text_checks.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::config {
namespace {

using Check = Objection (*)(std::string_view);

struct Case {
  Check check;
  std::string text;
  bool good;
};

const Case kCases[] = {
    {CheckSocket, "unix:/run/assay/assay.sock", true},
    {CheckSocket, "local:/run/assay/assay.sock", true},
    {CheckSocket, "unix:run/assay.sock", false},
    {CheckSocket, "unix:", false},
    {CheckSocket, "unix:/" + std::string(102, 'a'), true},
    {CheckSocket, "unix:/" + std::string(103, 'a'), false},  // sun_path holds 108: NUL and ".new"
    {CheckSocket, "inet:8891@127.0.0.1", true},
    {CheckSocket, "inet:8891@localhost", true},
    {CheckSocket, "inet:8891@::1", false},
    {CheckSocket, "inet6:8891@::1", true},
    {CheckSocket, "inet6:8891@[::1]", true},
    {CheckSocket, "inet6:8891@192.0.2.1", false},
    {CheckSocket, "inet:8891", false},  // every interface has to be asked for by address
    {CheckSocket, "inet:0@127.0.0.1", false},
    {CheckSocket, "inet:65536@127.0.0.1", false},
    {CheckSocket, "inet:8891@", false},
    {CheckSocket, "inet:8891@a b", false},
    {CheckSocket, "fd:3", true},
    {CheckSocket, "fd:-1", false},
    {CheckSocket, "fd:", false},
    {CheckSocket, "tcp:8891@127.0.0.1", false},
    {CheckSocket, "", false},
    {CheckPath, "/etc/assay/local.rules", true},
    {CheckPath, "etc/assay", false},
    {CheckPath, "", false},
    {CheckPath, "/a\x7f", false},
    {CheckPath, "/" + std::string(4096, 'a'), false},
    {CheckDomain, "example.com", true},
    {CheckDomain, "xn--bcher-kva.example", true},
    {CheckDomain, "_dmarc.example", true},
    {CheckDomain, "localhost", true},
    {CheckDomain, ".example.com", false},
    {CheckDomain, "example.com.", false},
    {CheckDomain, "exa mple.com", false},
    {CheckDomain, "-a.example", false},
    {CheckDomain, "a..example", false},
    {CheckDomain, std::string(63, 'a') + ".example", true},
    {CheckDomain, std::string(64, 'a') + ".example", false},
    {CheckDomain, "user@example.com", false},
    {CheckDomain, "", false},
    {CheckLocalDomain, ".example.com", true},
    {CheckLocalDomain, "example.com", true},
    {CheckLocalDomain, "..example.com", false},
    {CheckLocalDomain, "*.example.com", false},
    {CheckLocalDomain, ".", false},
    {CheckServer, "192.0.2.53", true},
    {CheckServer, "192.0.2.53:5353", true},
    {CheckServer, "2001:db8::53", true},
    {CheckServer, "[2001:db8::53]", true},
    {CheckServer, "[2001:db8::53]:5353", true},
    {CheckServer, "[192.0.2.53]:53", false},
    {CheckServer, "[2001:db8::53]5353", false},
    {CheckServer, "[2001:db8::53", false},
    {CheckServer, "192.0.2.53:", false},
    {CheckServer, "192.0.2.53:0", false},
    {CheckServer, "localhost", false},
    {CheckServer, "", false},
    {CheckName, "smtpd-submission_2.a", true},
    {CheckName, "-a", false},
    {CheckName, "a b", false},
    {CheckName, "", false},
    {CheckName, std::string(65, 'a'), false},
};

TEST(TextChecks, TakeWhatFitsAndNothingElse) {
  for (const Case& test : kCases) {
    EXPECT_EQ(test.check(test.text).message.empty(), test.good) << test.text;
  }
}

TEST(TextChecks, TellHowItIsWritten) {
  EXPECT_EQ(CheckSocket("inet:[::1]:8891").hint, "did you mean \"inet6:8891@::1\"?");
  EXPECT_EQ(CheckSocket("inet:mx.example.com:8891").hint,
            "did you mean \"inet:8891@mx.example.com\"?");
  EXPECT_EQ(CheckSocket("/run/x").hint, "put unix: before the path");
  EXPECT_EQ(CheckLocalDomain("*.example.com").hint,
            "a leading dot stands for subdomains: \".example.com\"");
}

}  // namespace
}  // namespace assay::config
