// SPDX-License-Identifier: Apache-2.0
// Bytes of raw message per second through the views. With ASSAY_CORPUS also over that corpus.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "lib/mail/views.h"
#include "tests/mail/raw_message.h"

namespace {

using assay::mail::Message;
using assay::mail::ReadRawMessage;
using assay::mail::Views;

constexpr std::size_t kBytes = 100'000;

std::string Repeat(const std::string& unit) {
  std::string out;
  while (out.size() < kBytes) out += unit;
  return out;
}

void ReadBody(benchmark::State& state, const std::string& raw) {
  const Message message = ReadRawMessage(raw);
  for (auto _ : state) {
    Views views(message);
    benchmark::DoNotOptimize(views.Body().data());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(raw.size()));
}

void BM_PlainText(benchmark::State& state) {
  ReadBody(state, "\r\n" + Repeat("The quick brown fox jumps over the lazy dog, and then it goes "
                                  "home.\r\nAll the others follow it.\r\n\r\n"));
}
BENCHMARK(BM_PlainText);

void BM_PlainTextUtf8(benchmark::State& state) {
  ReadBody(state,
           "Content-Type: text/plain; charset=utf-8\r\n\r\n" +
               Repeat("Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.\r\n"));
}
BENCHMARK(BM_PlainTextUtf8);

void BM_PlainTextLatin1(benchmark::State& state) {
  ReadBody(state, "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n" +
                      Repeat("Zw\xf6lf Boxk\xe4mpfer jagen Viktor quer \xfc"
                             "ber den Deich.\r\n"));
}
BENCHMARK(BM_PlainTextLatin1);

void BM_QuotedPrintable(benchmark::State& state) {
  ReadBody(state,
           "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
           "quoted-printable\r\n\r\n" +
               Repeat("Zw=C3=B6lf Boxk=C3=A4mpfer jagen Viktor quer =C3=BCber den Deich=\r\n"
                      " und zur=C3=BCck.\r\n"));
}
BENCHMARK(BM_QuotedPrintable);

void BM_Base64Text(benchmark::State& state) {
  ReadBody(state, "Content-Transfer-Encoding: base64\r\n\r\n" +
                      Repeat("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4g"
                             "VGhlIHF1aWNr\r\n"));
}
BENCHMARK(BM_Base64Text);

void BM_Html(benchmark::State& state) {
  ReadBody(
      state,
      "Content-Type: text/html\r\n\r\n" +
          Repeat("<tr><td align=\"center\" style=\"font-family: Arial, sans-serif; font-size: "
                 "14px; color: #333333;\"><a href=\"https://www.example.com/path?a=1&amp;b=2\" "
                 "target=\"_blank\">Click here</a>&nbsp;to see our new collection, with free "
                 "delivery &amp; returns.<br></td></tr>\r\n"));
}
BENCHMARK(BM_Html);

void BM_AttachmentNobodyReads(benchmark::State& state) {
  ReadBody(state,
           "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
           "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
               Repeat("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4g\r\n") +
               "--b--\r\n");
}
BENCHMARK(BM_AttachmentNobodyReads);

void BM_SmallMessage(benchmark::State& state) {
  ReadBody(state, "From: a@example.com\r\nSubject: x\r\n\r\nHello,\r\n\r\nhow are you?\r\n");
}
BENCHMARK(BM_SmallMessage);

void BM_Corpus(benchmark::State& state) {
  const char* root = std::getenv("ASSAY_CORPUS");
  if (root == nullptr) {
    state.SkipWithError("ASSAY_CORPUS is not set");
    return;
  }
  std::vector<Message> messages;
  std::int64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".eml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string raw{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    bytes += static_cast<std::int64_t>(raw.size());
    messages.push_back(ReadRawMessage(raw));
  }
  for (auto _ : state) {
    for (const Message& message : messages) {
      Views views(message);
      benchmark::DoNotOptimize(views.Body().data());
    }
  }
  state.SetBytesProcessed(state.iterations() * bytes);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(messages.size()));
}
BENCHMARK(BM_Corpus)->Unit(benchmark::kMillisecond);

}  // namespace
