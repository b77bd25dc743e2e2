// SPDX-License-Identifier: Apache-2.0
#include "lib/mail/received.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::mail {
namespace {

struct Case {
  const char* name;
  const char* value;
  const char* ip;  // empty: nothing is read
  const char* helo = "";
  const char* client_name = "";
};

class ReceivedTable : public testing::TestWithParam<Case> {};

TEST_P(ReceivedTable, NamesTheClient) {
  const auto from = ParseReceived(GetParam().value);
  EXPECT_EQ(from ? from->ip.ToString() : "", GetParam().ip);
  if (!from) return;
  EXPECT_EQ(from->helo, GetParam().helo);
  EXPECT_EQ(from->name, GetParam().client_name);
}

constexpr Case kPostfix[] = {
    {"plain",
     " from mail.example.org (mx.example.org [192.0.2.1])\n\tby relay.example.net (Postfix) with "
     "ESMTP id 4XyZ1w\n\tfor <u@example.net>; Sat, 21 Nov 2026 10:00:00 +0000 (UTC)",
     "192.0.2.1", "mail.example.org", "mx.example.org"},
    {"no_name",
     " from mail.example.org (unknown [192.0.2.1])\n\tby relay.example.net (Postfix) with SMTP",
     "192.0.2.1", "mail.example.org"},
    {"ipv6",
     " from mail.example.org (mx.example.org [IPv6:2001:db8::1]) by relay.example.net (Postfix)",
     "2001:db8::1", "mail.example.org", "mx.example.org"},
    {"tls",
     " from mail.example.org (MX.example.org [192.0.2.1])\n\t(using TLSv1.3 with cipher "
     "TLS_AES_256_GCM_SHA384 (256/256 bits)\n\t key-exchange X25519 server-signature RSA-PSS "
     "(2048 bits))\n\t(No client certificate requested)\n\tby relay.example.net (Postfix) with "
     "ESMTPS id 4XyZ1w",
     "192.0.2.1", "mail.example.org", "mx.example.org"},
    {"helo_is_a_literal",
     " from [203.0.113.9] (unknown [192.0.2.1]) by relay.example.net (Postfix)", "192.0.2.1",
     "[203.0.113.9]"},
    {"helo_is_by", " from by (unknown [192.0.2.1]) by relay.example.net (Postfix)", "192.0.2.1",
     "by"},
    {"local_submission",
     " by relay.example.net (Postfix, from userid 1000)\n\tid 4XyZ1w; Sat, 21 Nov 2026", ""},
    {"amavis",
     " from relay.example.net ([127.0.0.1])\n\tby localhost (relay.example.net [127.0.0.1]) "
     "(amavisd-new, port 10024)\n\twith ESMTP id x",
     "127.0.0.1", "relay.example.net"},
};
INSTANTIATE_TEST_SUITE_P(Postfix, ReceivedTable, testing::ValuesIn(kPostfix),
                         [](const auto& i) { return std::string(i.param.name); });

constexpr Case kSendmail[] = {
    {"plain",
     " from mail.example.org (mx.example.org [192.0.2.1])\n\tby relay.example.net "
     "(8.17.1.9/8.17.1.9) with ESMTP id 0A",
     "192.0.2.1", "mail.example.org", "mx.example.org"},
    {"no_name", " from mail.example.org ([192.0.2.1])\n\tby relay.example.net (8.17.1/8.17.1)",
     "192.0.2.1", "mail.example.org"},
    {"may_be_forged",
     " from mail.example.org (mx.example.org [192.0.2.1] (may be forged))\n\tby "
     "relay.example.net (8.17.1/8.17.1) with SMTP",
     "192.0.2.1", "mail.example.org"},
    {"no_name_may_be_forged", " from x.example ([192.0.2.1] (may be forged)) by relay (8.17.1)",
     "192.0.2.1", "x.example"},
    {"ident", " from mail.example.org (user@mx.example.org [192.0.2.1]) by relay (8.17.1/8.17.1)",
     "192.0.2.1", "mail.example.org", "mx.example.org"},
    {"login_and_tls",
     " from mail.example.org (mx.example.org [IPv6:2001:db8:0:0:0:0:0:1])\n\t(authenticated "
     "bits=0)\n\tby relay (8.17.1/8.17.1) with ESMTPSA (version=TLSv1.3 bits=256 verify=NO)",
     "2001:db8::1", "mail.example.org", "mx.example.org"},
    {"local_submission", " (from user@localhost)\n\tby relay (8.17.1/8.17.1/Submit) id 0A", ""},
};
INSTANTIATE_TEST_SUITE_P(Sendmail, ReceivedTable, testing::ValuesIn(kSendmail),
                         [](const auto& i) { return std::string(i.param.name); });

constexpr Case kExim[] = {
    {"name_is_helo",
     " from mx.example.org ([192.0.2.1])\n\tby relay.example.net with esmtps  (TLS1.3) tls "
     "TLS_AES_256_GCM_SHA384\n\t(Exim 4.96)\n\t(envelope-from <a@example.org>)\n\tid 1rABCD",
     "192.0.2.1", "mx.example.org"},
    {"helo",
     " from mx.example.org ([192.0.2.1] helo=mail.example.org)\n\tby relay.example.net with esmtp "
     "(Exim 4.96)",
     "192.0.2.1", "mail.example.org", "mx.example.org"},
    {"port_and_ident",
     " from mx.example.org ([192.0.2.1]:2525 helo=mail.example.org ident=x) by relay with esmtp",
     "192.0.2.1", "mail.example.org", "mx.example.org"},
    {"no_name", " from [192.0.2.1] (helo=mail.example.org)\n\tby relay.example.net with esmtp",
     "192.0.2.1", "mail.example.org"},
    {"no_name_with_port", " from [192.0.2.1] (port=2525 helo=mail.example.org) by relay with esmtp",
     "192.0.2.1", "mail.example.org"},
    {"no_name_ipv6", " from [2001:db8::1] (helo=[203.0.113.9]) by relay with esmtp", "2001:db8::1",
     "[203.0.113.9]"},
    {"only_an_address", " from [192.0.2.1] by relay.example.net with smtp (Exim 4.96)", "192.0.2.1",
     "[192.0.2.1]"},
    {"helo_literal", " from mx.example.org ([192.0.2.1] helo=[203.0.113.9]) by relay with esmtp",
     "192.0.2.1", "[203.0.113.9]", "mx.example.org"},
    {"local_user", " from user by relay.example.net with local (Exim 4.96)", ""},
};
INSTANTIATE_TEST_SUITE_P(Exim, ReceivedTable, testing::ValuesIn(kExim),
                         [](const auto& i) { return std::string(i.param.name); });

// What a stranger could put where a name or a HELO argument stands.
constexpr Case kHostile[] = {
    {"empty", "", ""},
    {"from_only", " from", ""},
    {"no_by", " from a.example (b.example [192.0.2.1])", ""},
    {"junk_before_by", " from a.example (b.example [192.0.2.1]) x by relay", ""},
    {"two_words", " from a.example b.example (c.example [192.0.2.1]) by relay", ""},
    {"open_comment", " from a.example (b.example [192.0.2.1] by relay", ""},
    {"two_addresses", " from a.example (b.example [203.0.113.9] [192.0.2.1]) by relay", ""},
    {"address_in_name", " from a.example (b[203.0.113.9] [192.0.2.1]) by relay", "192.0.2.1",
     "a.example"},
    {"words_behind_address", " from a.example (b.example [192.0.2.1] helo=c) by relay", ""},
    {"two_helos", " from a.example ([192.0.2.1] helo=b helo=c) by relay", ""},
    {"empty_helo", " from a.example ([192.0.2.1] helo=) by relay", ""},
    {"unknown_option", " from a.example ([192.0.2.1] x=y) by relay", ""},
    {"no_address", " from a.example (b.example) by relay", ""},
    {"bad_address", " from a.example (b.example [192.0.2.256]) by relay", ""},
    {"bad_port", " from a.example ([192.0.2.1]:x) by relay", ""},
    {"port_in_postfix_form", " from a.example (b.example [192.0.2.1]:25) by relay", ""},
    {"quoted_parenthesis", " from a.example (b\\) [203.0.113.9]) (c [192.0.2.1]) by relay", ""},
    {"empty_comment", " from a.example () by relay", ""},
    {"eight_bit_helo", " from \xc3\xbc.example (b.example [192.0.2.1]) by relay", "192.0.2.1",
     "\\xc3\\xbc.example", "b.example"},
    {"odd_name_is_no_name", " from a.example (b,c [192.0.2.1]) by relay", "192.0.2.1", "a.example"},
    {"by_first", " by relay from a.example (b.example [192.0.2.1])", ""},
};
INSTANTIATE_TEST_SUITE_P(Hostile, ReceivedTable, testing::ValuesIn(kHostile),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(Received, LongFieldsAreLookedAtInTheirBeginningOnly) {
  const std::string start = " from a.example (b.example [192.0.2.1]) by relay ";
  EXPECT_TRUE(ParseReceived(start + std::string(1 << 20, '(')));
  EXPECT_FALSE(ParseReceived(std::string(8000, ' ') + start));
  const auto long_helo =
      ParseReceived(" from " + std::string(300, 'a') + " (b [192.0.2.1]) by relay");
  ASSERT_TRUE(long_helo) << "or a client would choose not to be known";
  EXPECT_LE(long_helo->helo.size(), 260U);
}

}  // namespace
}  // namespace assay::mail
