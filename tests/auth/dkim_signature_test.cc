// SPDX-License-Identifier: Apache-2.0
#include "lib/auth/dkim_signature.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>

namespace assay::auth {
namespace {

constexpr auto kRowName = [](const auto& row) { return std::string(row.param.name); };

constexpr char kBodyHash[] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";  // SHA-256 of nothing
constexpr char kSha1Hash[] = "2jmj7l5rSw0yVb/vlWAYkK/YBwk=";                  // SHA-1 of nothing

// A field that is right but for `change`: "tag=value" replaces that tag or is added; "-tag" leaves
// it out.
std::string Field(std::string_view change) {
  std::map<std::string, std::string, std::less<>> tags = {
      {"v", "1"},   {"a", "rsa-sha256"}, {"c", "relaxed/relaxed"}, {"d", "example.com"},
      {"s", "sel"}, {"h", "From:To"},    {"bh", kBodyHash},        {"b", "c2lnbmF0dXJl"}};
  std::string more;
  if (change.starts_with('-')) {
    tags.erase(tags.find(change.substr(1)));
  } else if (!change.empty()) {
    const std::size_t equals = change.find('=');
    const std::string name(change.substr(0, equals));
    if (equals != std::string_view::npos && tags.contains(name)) {
      tags[name] = change.substr(equals + 1);
    } else {
      more = change;
    }
  }
  std::string field;
  for (const auto& [name, value] : tags) field += " " + name + "=" + value + ";";
  return field + more;
}

struct SignatureCase {
  const char* name;
  std::string change;
  DkimResult want;  // kPass: no problem
};

class DkimSignatures : public testing::TestWithParam<SignatureCase> {};

constexpr DkimResult kGood = DkimResult::kPass;
constexpr DkimResult kPerm = DkimResult::kPermError;
constexpr DkimResult kNeutral = DkimResult::kNeutral;

const SignatureCase kCases[] = {
    {"plain", "", kGood},
    {"unknown_tags", "x1=y; other=z", kGood},
    {"semicolon_at_end", "l=1;", kGood},
    {"tag_twice", "d=a.example; d=b.example", kPerm},
    {"unknown_tag_twice", "y=1; y=2", kPerm},
    {"tag_twice_in_other_case", "D=example.net", kPerm},
    {"known_tag_in_upper_case", "L=1", kPerm},
    {"no_v", "-v", kPerm},
    {"v_half", "v=0.5", kPerm},
    {"v_two", "v=2", kPerm},
    {"v_with_plus", "v=+1", kPerm},
    {"v_empty", "v=", kPerm},
    {"no_a", "-a", kPerm},
    {"a_upper_case", "a=RSA-SHA256", kGood},
    {"a_ed25519", "a=ed25519-sha256", kGood},
    {"a_unknown", "a=rsa-sha512", kPerm},
    {"a_without_hash", "a=rsa", kPerm},
    {"a_with_space", "a=rsa -sha256", kPerm},
    {"no_d", "-d", kPerm},
    {"d_empty", "d=", kPerm},
    {"d_upper_case", "d=EXAMPLE.com", kGood},
    {"d_one_label", "d=com", kPerm},
    {"d_trailing_dot", "d=example.com.", kPerm},
    {"d_leading_dot", "d=.example.com", kPerm},
    {"d_empty_label", "d=example..com", kPerm},
    {"d_underscore", "d=_x.example.com", kGood},
    {"d_space", "d=exam ple.com", kPerm},
    {"d_at", "d=a@example.com", kPerm},
    {"d_slash", "d=example/com.com", kPerm},
    {"d_long_label", "d=" + std::string(64, 'a') + ".com", kPerm},
    {"d_longest_label", "d=" + std::string(63, 'a') + ".com", kGood},
    {"d_bad_utf8", "d=\xFF.example", kPerm},
    {"d_utf8",
     "d=b\xC3\xBC"
     "cher.example",
     kGood},
    {"no_s", "-s", kPerm},
    {"s_empty", "s=", kPerm},
    {"s_with_dots", "s=a.b", kGood},
    {"s_wildcard", "s=*", kPerm},
    {"s_utf8", "s=\xC3\xBC", kGood},
    {"s_too_long_with_d",
     "s=" + std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(63, 'a') + "." +
         std::string(40, 'a'),
     kPerm},
    {"no_h", "-h", kPerm},
    {"h_empty", "h=", kPerm},
    {"h_without_from", "h=To:Subject", kPerm},
    {"h_with_space", "h=To : from :\n\t Subject", kGood},
    {"h_empty_name", "h=From::To", kPerm},
    {"h_colon_at_end", "h=From:To:", kPerm},
    {"h_space_in_name", "h=From:Sub ject", kPerm},
    {"h_often", "h=From:From:From", kGood},
    {"h_longest", "h=From:" + std::string(3995, 'x'), kGood},
    {"h_too_long", "h=From:" + std::string(3996, 'x'), kNeutral},
    {"h_utf8", "h=From:\xC3\xBC", kPerm},
    {"no_bh", "-bh", kPerm},
    {"bh_empty", "bh=", kPerm},
    {"bh_unpadded", std::string("bh=") + std::string(kBodyHash, 43), kPerm},
    {"bh_folded", "bh=47DEQpj8HBSa+/TImW+5\r\n JCeuQeRkm5NMpJWZG3hSuFU=", kGood},
    {"bh_not_base64", "bh=47DEQpj8HBSa*/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", kPerm},
    {"bh_of_sha1", std::string("bh=") + kSha1Hash, kPerm},
    {"no_b", "-b", kPerm},
    {"b_empty", "b=", kPerm},
    {"b_folded", "b=c2ln bmF0\n\tdXJl", kGood},
    {"b_not_base64", "b=c2ln!", kPerm},
    {"b_unpadded", "b=c2lnbg", kGood},
    {"c_absent", "-c", kGood},
    {"c_one", "c=relaxed", kGood},
    {"c_upper_case", "c=Relaxed/Simple", kGood},
    {"c_unknown", "c=nowsp", kPerm},
    {"c_unknown_body", "c=relaxed/nofws", kPerm},
    {"c_empty", "c=", kPerm},
    {"c_three", "c=simple/simple/simple", kPerm},
    {"c_space", "c=relaxed / relaxed", kPerm},
    {"q_dns_txt", "q=dns/txt", kGood},
    {"q_one_of_several", "q=http : dns/txt", kGood},
    {"q_unknown", "q=http", kPerm},
    {"q_without_type", "q=dns", kPerm},
    {"q_empty", "q=", kPerm},
    {"i_domain", "i=@example.com", kGood},
    {"i_subdomain", "i=a@b.example.com", kGood},
    {"i_upper_case", "i=a@EXAMPLE.COM", kGood},
    {"i_elsewhere", "i=a@example.net", kPerm},
    {"i_suffix_only", "i=a@badexample.com", kPerm},
    {"i_parent", "i=a@com", kPerm},
    {"i_no_at", "i=example.com", kPerm},
    {"i_empty", "i=", kPerm},
    {"i_quoted_printable", "i=a=3Db@example.com", kGood},
    {"i_lower_case_hex", "i=a=3db@example.com", kPerm},
    {"i_lone_equals", "i=a=@example.com", kPerm},
    {"i_equals_at_end", "i=a@example.com=", kPerm},
    {"i_half_hex_at_end", "i=a@example.com=4", kPerm},
    {"i_longest", "i=" + std::string(238, 'a') + "@example.com", kGood},
    {"i_too_long", "i=" + std::string(239, 'a') + "@example.com", kNeutral},
    {"i_utf8", "i=\xC3\xBC@example.com", kGood},
    {"l_number", "l=123", kGood},
    {"l_zero", "l=0", kGood},
    {"l_negative", "l=-1", kPerm},
    {"l_plus", "l=+1", kPerm},
    {"l_empty", "l=", kPerm},
    {"l_hex", "l=0x10", kPerm},
    {"l_two_numbers", "l=1 2", kPerm},
    {"l_wraps_to_negative", "l=18446744073709551614", kPerm},
    {"l_beyond_64_bits", "l=99999999999999999999999999", kPerm},
    {"t_number", "t=1", kGood},
    {"t_twelve_digits", "t=999999999999", kGood},
    {"t_thirteen_digits", "t=0000000000001", kPerm},
    {"t_word", "t=now", kPerm},
    {"x_number", "x=1", kGood},
    {"x_empty", "x=", kPerm},
    {"x_not_after_t", "t=5; x=5", kPerm},
    {"x_after_t", "t=5; x=6", kGood},
    {"z_copied_fields", "z=From:foo@eng.example|To:joe=20x", kGood},
    {"z_utf8", "z=\xC3\xBC", kPerm},
    // libopendkim 2.11 takes the end of any tag name for b=.
    {"tag_name_ends_in_b", "xb=1", kNeutral},
    {"nul", std::string("n=\0", 3), kPerm},
    {"no_equals", "rubbish", kPerm},
    {"largest", "z=" + std::string(16000, 'z'), kGood},
    {"too_large", "z=" + std::string(kMaxDkimSignatureBytes, 'z'), kNeutral},
};

TEST_P(DkimSignatures, AreCheckedBeforeTheLibrarySeesThem) {
  const DkimSignature signature = ParseDkimSignature(Field(GetParam().change));
  const DkimResult result = signature.problem ? signature.problem->result : kGood;
  EXPECT_EQ(result, GetParam().want) << (signature.problem ? signature.problem->reason : "");
  if (signature.problem) {
    EXPECT_FALSE(signature.problem->reason.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Rfc6376, DkimSignatures, testing::ValuesIn(kCases), kRowName);

TEST(DkimSignature, SpaceBeforeEqualsOfTheSignatureIsNotSupported) {
  std::string field = Field("");
  field.replace(field.find(" b="), 3, " b =");
  const DkimSignature signature = ParseDkimSignature(field);
  ASSERT_TRUE(signature.problem);
  EXPECT_EQ(signature.problem->result, kNeutral);
}

TEST(DkimSignature, HoldsWhatTheTagsSay) {
  const DkimSignature signature = ParseDkimSignature(
      " v=1; a=RSA-SHA1; d=Example.COM; s=Sel; c=simple/relaxed; i=Joe=40x@Sub.example.com;"
      " l=7; t=5; x=9; h=From : SUBJECT; bh=2jmj7l5rSw0yVb/vlWAYkK/YBwk=; b=c2ln bmF0dXJl");
  ASSERT_FALSE(signature.problem) << signature.problem->reason;
  EXPECT_EQ(signature.signing_domain, "example.com");
  EXPECT_EQ(signature.selector, "Sel");
  EXPECT_EQ(signature.auid, "Joe@x@sub.example.com");
  EXPECT_EQ(signature.auid_domain, "sub.example.com");
  EXPECT_EQ(signature.algorithm, DkimAlgorithm::kRsaSha1);
  EXPECT_EQ(signature.algorithm_word, "rsa-sha1");
  EXPECT_EQ(signature.signature, "c2lnbmF0dXJl");
  EXPECT_TRUE(signature.relaxed_body);
  EXPECT_EQ(signature.body_length, 7U);
  EXPECT_EQ(signature.timestamp, 5U);
  EXPECT_EQ(signature.expiration, 9U);
  EXPECT_EQ(signature.signed_fields, (std::vector<std::string>{"from", "subject"}));
  EXPECT_TRUE(signature.Covers("subject"));
  EXPECT_FALSE(signature.Covers("to"));
  EXPECT_EQ(signature.KeyQuestion(),
            dns::Question("sel._domainkey.example.com", dns::RrType::kTxt));
}

TEST(DkimSignature, NamesItselfInSpiteOfAProblem) {
  const DkimSignature signature = ParseDkimSignature(Field("v=2"));
  ASSERT_TRUE(signature.problem);
  EXPECT_EQ(signature.problem->reason, "unknown version '2'");
  EXPECT_EQ(signature.signing_domain, "example.com");
  EXPECT_EQ(signature.selector, "sel");
  EXPECT_EQ(signature.auid, "@example.com");
}

TEST(DkimSignature, InternationalizedNamesBecomeALabels) {
  const DkimSignature signature = ParseDkimSignature(Field("d=B\xC3\x9C"
                                                           "cher.example") +
                                                     "i=j\xC3\xB6@b\xC3\xBC"
                                                     "cher.example");
  EXPECT_FALSE(signature.problem);
  EXPECT_TRUE(signature.international);
  EXPECT_EQ(signature.signing_domain, "xn--bcher-kva.example");
  EXPECT_EQ(signature.auid, "j\xC3\xB6@xn--bcher-kva.example");
}

}  // namespace
}  // namespace assay::auth
