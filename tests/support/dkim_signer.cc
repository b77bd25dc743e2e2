// SPDX-License-Identifier: Apache-2.0
#include "tests/support/dkim_signer.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <set>

#include "lib/base/c_ptr.h"
#include "lib/base/text.h"
#include "tests/support/arc_sealer.h"

namespace assay::test {
namespace {

using Key = CPtr<EVP_PKEY, EVP_PKEY_free>;
using Digest = CPtr<EVP_MD_CTX, EVP_MD_CTX_free>;
using Bio = CPtr<BIO, BIO_free>;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Key LoadKey(TestKey key) {
  const std::string_view pem = PrivateKeyPem(key);
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
}

std::string Base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), Bytes(bytes),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string Hash(std::string_view text, const EVP_MD* algorithm) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), &size,
             algorithm, nullptr);
  digest.resize(size);
  return digest;
}

std::string SignBytes(EVP_PKEY* key, const EVP_MD* algorithm, std::string_view text) {
  const Digest context(EVP_MD_CTX_new());
  if (EVP_DigestSignInit(context.get(), nullptr, algorithm, nullptr, key) != 1) std::abort();
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size());
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Bytes(text), text.size()) != 1) {
    std::abort();
  }
  signature.resize(size);
  return signature;
}

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Runs of space and tab become one space.
std::string ReduceSpace(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t';
    if (!space) result += c;
    if (space && !result.ends_with(' ')) result += ' ';
  }
  return result;
}

std::string RelaxedHeader(const TestField& field) {
  std::string name = ToLower(field.name);
  name = ReplaceAll(ReplaceAll(name, " ", ""), "\t", "");
  const std::string value = ReduceSpace(ReplaceAll(field.value, "\n", ""));
  return name + ":" + std::string(Trim(value));
}

std::string Header(const TestField& field, bool relaxed) {
  if (relaxed) return RelaxedHeader(field);
  return field.name + ":" + ReplaceAll(field.value, "\n", "\r\n");
}

std::string RelaxedLines(const std::string& body) {
  std::string result;
  std::size_t begin = 0;
  while (begin < body.size()) {
    std::size_t end = body.find("\r\n", begin);
    if (end == std::string::npos) end = body.size();
    std::string line = ReduceSpace(std::string_view(body).substr(begin, end - begin));
    if (line.ends_with(' ')) line.pop_back();
    result += line + "\r\n";
    begin = end + 2;
  }
  return result;
}

std::string Body(std::string body, bool relaxed) {
  if (!body.empty() && !body.ends_with("\r\n")) body += "\r\n";
  if (relaxed) body = RelaxedLines(body);
  while (body.ends_with("\r\n\r\n")) body.resize(body.size() - 2);
  if (body == "\r\n") body.clear();
  if (body.empty() && !relaxed) body = "\r\n";
  return body;
}

std::string NameOf(const TestField& field) { return ToLower(Trim(field.name)); }

// RFC 6376, 5.4.2: each name takes the lowest field of it that is not taken yet.
std::string SelectedHeaders(const TestMessage& message, const std::vector<std::string>& names,
                            bool relaxed) {
  std::string text;
  std::set<std::size_t> taken;
  for (const std::string& name : names) {
    for (std::size_t i = message.fields.size(); i-- > 0;) {
      if (NameOf(message.fields[i]) != ToLower(name) || taken.contains(i)) continue;
      taken.insert(i);
      text += Header(message.fields[i], relaxed) + "\r\n";
      break;
    }
  }
  return text;
}

std::string FromBase64(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return IsAsciiAlnum(c) || c == '+' || c == '/'; });
  const std::size_t padding = (4 - digits.size() % 4) % 4;
  digits.append(padding, '=');
  std::string bytes(digits.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), Bytes(digits),
                  static_cast<int>(digits.size()));
  bytes.resize(bytes.size() - std::min(padding, bytes.size()));
  return bytes;
}

// The value of a tag, "" when it is not there.
std::string TagValue(std::string_view list, std::string_view name) {
  for (const std::string_view spec : Split(list, ';')) {
    const std::size_t equals = spec.find('=');
    if (equals == std::string_view::npos || Trim(spec.substr(0, equals)) != name) continue;
    return std::string(Trim(spec.substr(equals + 1)));
  }
  return "";
}

// RFC 6376, 3.7: the field with the value of b= taken out, white space included.
std::string WithoutSignature(const std::string& list) {
  std::string result;
  for (const std::string_view spec : Split(list, ';')) {
    const std::size_t equals = spec.find('=');
    const bool is_b = equals != std::string_view::npos && Trim(spec.substr(0, equals)) == "b";
    result += is_b ? spec.substr(0, equals + 1) : spec;
    result += ';';
  }
  result.pop_back();
  return result;
}

Key LoadPublicKey(std::string_view record) {
  const std::string bytes = FromBase64(TagValue(record, "p"));
  const auto size = static_cast<long>(bytes.size());
  const unsigned char* begin = Bytes(bytes);
  if (ToLower(TagValue(record, "k")) == "ed25519") {
    return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, begin, bytes.size()));
  }
  Key key(d2i_PUBKEY(nullptr, &begin, size));
  begin = Bytes(bytes);
  if (key == nullptr) key.reset(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &begin, size));
  return key;
}

bool VerifyBytes(EVP_PKEY* key, const EVP_MD* algorithm, std::string_view text,
                 std::string_view signature) {
  const Digest context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, algorithm, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(text),
                          text.size()) == 1;
}

// RFC 6376, 3.5: b= last, with its value folded as signers do.
std::string Fold(const std::string& text) {
  std::string folded;
  for (std::size_t i = 0; i < text.size(); i += 60) {
    if (i > 0) folded += "\n\t ";
    folded += text.substr(i, 60);
  }
  return folded;
}

}  // namespace

std::string SignDkim(const TestMessage& message, const SignOptions& options) {
  const bool relaxed_header = options.canonicalization.starts_with("relaxed");
  const bool relaxed_body = options.canonicalization.ends_with("/relaxed");
  const EVP_MD* const hash = options.algorithm.ends_with("sha1") ? EVP_sha1() : EVP_sha256();
  std::string body = Body(message.body, relaxed_body);
  TestField field{"DKIM-Signature", " v=1; a=" + options.algorithm};
  if (!options.canonicalization.empty()) field.value += "; c=" + options.canonicalization;
  field.value += "; d=" + options.domain + "; s=" + options.selector + ";\n\t";
  if (options.body_length) {
    field.value += "l=" + std::to_string(*options.body_length) + "; ";
    body.resize(std::min(body.size(), *options.body_length));
  }
  field.value += options.more_tags + "h=" + Join(options.signed_fields, " : ") + ";\n bh=";
  field.value += options.body_hash.value_or(Base64(Hash(body, hash))) + ";\n b=";
  const std::string text = SelectedHeaders(message, options.signed_fields, relaxed_header) +
                           Header(field, relaxed_header);
  const Key key = LoadKey(options.key);
  // RFC 8463, 3: ed25519 signs the hash of the text.
  const bool ed25519 = options.key == TestKey::kEd25519;
  const std::string signature =
      ed25519 ? SignBytes(key.get(), nullptr, Hash(text, hash)) : SignBytes(key.get(), hash, text);
  return field.value + Fold(Base64(signature));
}

void AddDkimSignature(TestMessage& message, const SignOptions& options) {
  TestField field{"DKIM-Signature", SignDkim(message, options)};
  message.fields.insert(message.fields.begin(), std::move(field));
}

namespace {

// RFC 8463, 3: ed25519 signs the hash of the text.
std::string SignText(TestKey key, const std::string& text) {
  const Key pair = LoadKey(key);
  const bool ed25519 = key == TestKey::kEd25519;
  return Base64(ed25519 ? SignBytes(pair.get(), nullptr, Hash(text, EVP_sha256()))
                        : SignBytes(pair.get(), EVP_sha256(), text));
}

std::string ArcMessageSignature(const TestMessage& message, const SealOptions& options) {
  const std::string body = Body(message.body, options.canonicalization.ends_with("/relaxed"));
  const bool relaxed = options.canonicalization.starts_with("relaxed");
  TestField field{"ARC-Message-Signature",
                  " i=" + std::to_string(options.instance) + "; a=" + options.algorithm +
                      "; c=" + options.canonicalization + "; d=" + options.domain +
                      "; s=" + options.selector + ";\n\t" + options.more_message_tags +
                      "h=" + Join(options.signed_fields, ":") +
                      ";\n\tbh=" + Base64(Hash(body, EVP_sha256())) + ";\n\tb="};
  const std::string text =
      SelectedHeaders(message, options.signed_fields, relaxed) + Header(field, relaxed);
  return field.value + Fold(SignText(options.key, text));
}

// The fields of that name, lowest first: with sets put on top one by one, by instance.
std::vector<TestField> FromBelow(const TestMessage& message, const std::string& name) {
  std::vector<TestField> found;
  for (auto field = message.fields.rbegin(); field != message.fields.rend(); ++field) {
    if (NameOf(*field) == ToLower(name)) found.push_back(*field);
  }
  return found;
}

std::string SealedText(const TestMessage& message) {
  const auto results = FromBelow(message, "ARC-Authentication-Results");
  const auto signatures = FromBelow(message, "ARC-Message-Signature");
  const auto seals = FromBelow(message, "ARC-Seal");
  std::string text;
  for (std::size_t i = 0; i < results.size(); ++i) {
    text += RelaxedHeader(results[i]) + "\r\n" + RelaxedHeader(signatures[i]) + "\r\n";
    if (i < seals.size()) text += RelaxedHeader(seals[i]) + "\r\n";
  }
  return text;
}

void PutOnTop(TestMessage& message, std::string name, std::string value) {
  message.fields.insert(message.fields.begin(), {std::move(name), std::move(value)});
}

}  // namespace

void AddArcSet(TestMessage& message, const SealOptions& options) {
  const std::string instance = " i=" + std::to_string(options.instance) + "; ";
  PutOnTop(message, "ARC-Authentication-Results", instance + options.results);
  PutOnTop(message, "ARC-Message-Signature", ArcMessageSignature(message, options));
  const std::string cv = !options.cv.empty() ? options.cv : options.instance == 1 ? "none" : "pass";
  TestField seal{"ARC-Seal", instance + "a=" + options.algorithm + "; cv=" + cv +
                                 "; d=" + options.domain + "; s=" + options.selector + "; " +
                                 options.more_seal_tags + "b="};
  const std::string text = SealedText(message) + RelaxedHeader(seal);
  PutOnTop(message, seal.name, seal.value + Fold(SignText(options.key, text)));
}

bool OracleVerifies(const TestMessage& message, std::size_t signature_field,
                    std::string_view key_record) {
  TestField field = message.fields.at(signature_field);
  const std::string tags = field.value;
  const std::string canonicalization = ToLower(TagValue(tags, "c"));
  const bool relaxed_header = canonicalization.starts_with("relaxed");
  const std::string algorithm = ToLower(TagValue(tags, "a"));
  const EVP_MD* const hash = algorithm.ends_with("sha1") ? EVP_sha1() : EVP_sha256();
  std::string body = Body(message.body, canonicalization.ends_with("/relaxed"));
  const std::string length = TagValue(tags, "l");
  if (!length.empty()) {
    const std::size_t octets = std::strtoull(length.c_str(), nullptr, 10);
    if (octets > body.size()) return false;
    body.resize(octets);
  }
  if (Hash(body, hash) != FromBase64(TagValue(tags, "bh"))) return false;
  std::vector<std::string> names;
  const std::string signed_fields = TagValue(tags, "h");
  for (const std::string_view name : Split(signed_fields, ':')) names.emplace_back(Trim(name));
  field.value = WithoutSignature(tags);
  const std::string text =
      SelectedHeaders(message, names, relaxed_header) + Header(field, relaxed_header);
  const std::string signature = FromBase64(TagValue(tags, "b"));
  const Key key = LoadPublicKey(key_record);
  if (key == nullptr) return false;
  const bool ed25519 = algorithm.starts_with("ed25519");
  return ed25519 ? VerifyBytes(key.get(), nullptr, Hash(text, hash), signature)
                 : VerifyBytes(key.get(), hash, text, signature);
}

std::string PublicKeyBase64(TestKey key, PublicKeyForm form) {
  const Key pair = LoadKey(key);
  if (key == TestKey::kEd25519) {
    std::string raw(32, '\0');
    std::size_t size = raw.size();
    EVP_PKEY_get_raw_public_key(pair.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
    return Base64(raw);
  }
  unsigned char* der = nullptr;
  const int size = form == PublicKeyForm::kPkcs1 ? i2d_PublicKey(pair.get(), &der)
                                                 : i2d_PUBKEY(pair.get(), &der);
  const std::string bytes(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return Base64(bytes);
}

std::string KeyRecord(TestKey key) {
  return std::string("v=DKIM1; k=") + (key == TestKey::kEd25519 ? "ed25519" : "rsa") +
         "; p=" + PublicKeyBase64(key, PublicKeyForm::kSubjectPublicKeyInfo);
}

TestMessage ReadMessage(std::string_view text) {
  TestMessage message;
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t lf = text.find('\n', begin);
    if (lf == std::string_view::npos) lf = text.size();
    std::string line(text.substr(begin, lf - begin));
    if (line.ends_with('\r')) line.pop_back();
    begin = lf + 1;
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (line.front() == ' ' || line.front() == '\t') {
      if (!message.fields.empty()) message.fields.back().value += "\n" + line;
    } else if (colon != std::string::npos) {
      message.fields.push_back({line.substr(0, colon), line.substr(colon + 1)});
    }
  }
  if (begin < text.size()) message.body = text.substr(begin);
  // A body stored without CRLF gets it, as an MTA would do.
  if (message.body.find("\r\n") == std::string::npos) {
    message.body = ReplaceAll(message.body, "\n", "\r\n");
  }
  return message;
}

}  // namespace assay::test
