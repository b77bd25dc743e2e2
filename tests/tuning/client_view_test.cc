// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/client_view.h"

#include <gtest/gtest.h>

namespace assay::tuning {
namespace {

struct Case {
  const char* name;
  const char* stored;
  std::size_t receiver_bytes;
  const char* want;
};

constexpr Case kCases[] = {
    {"plain", "From: a@example.com\n\nhello", 0, "From: a@example.com\n\nhello"},
    {"crlf", "From: a@example.com\r\n\r\nhello\r\n", 0, "From: a@example.com\r\n\r\nhello\r\n"},
    {"first_bytes", "Received: x\nFrom: a@example.com\n\nhello", 12,
     "From: a@example.com\n\nhello"},
    {"more_bytes_than_there_are", "From: a@example.com\n\nhello", 900, ""},
    {"verdicts_on_top",
     "Received-SPF: pass\nAuthentication-Results: mx;\n spf=pass\nSubject: s\n\n", 0,
     "Subject: s\n\n"},
    {"verdicts_further_down_are_the_clients", "Subject: s\nAuthentication-Results: mx\n\n", 0,
     "Subject: s\nAuthentication-Results: mx\n\n"},
    {"store_and_filter_fields", "Subject: s\nX-Spam-Status: Yes,\n\tscore=9\nLines: 4\nTo: b\n\n",
     0, "Subject: s\nTo: b\n\n"},
    {"name_only_begins_alike", "Lines-Of-Code: 4\nStatus2: x\n\n", 0,
     "Lines-Of-Code: 4\nStatus2: x\n\n"},
    {"space_before_the_colon", "Return-Path : <a@example.com>\nTo: b\n\n", 0, "To: b\n\n"},
    {"outlook_servers_own_part",
     "To: b\nX-IncomingHeaderCount: 2\nX-Other: 1\nMIME-Version: 1.0\n\nhello", 0,
     "To: b\nMIME-Version: 1.0\n\nhello"},
    {"recipient_mark", "To: phishing@pot\n\nHello phishing@pot!", 0,
     "To: user@example.net\n\nHello user@example.net!"},
    {"no_empty_line", "X-Spam-Flag: YES\nSubject: s", 0, "X-Spam-Flag: YES\nSubject: s"},
    {"no_header", "\nX-Spam-Flag: YES\n\n", 0, "\nX-Spam-Flag: YES\n\n"},
    {"empty", "", 0, ""},
};

class ClientViewTable : public testing::TestWithParam<Case> {};

TEST_P(ClientViewTable, CutsWhatTheReceiverAdded) {
  EXPECT_EQ(ClientView(GetParam().stored, GetParam().receiver_bytes), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(Tuning, ClientViewTable, testing::ValuesIn(kCases),
                         [](const auto& c) { return std::string(c.param.name); });

}  // namespace
}  // namespace assay::tuning
