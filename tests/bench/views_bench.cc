// SPDX-License-Identifier: Apache-2.0
// Bytes of raw message per second through the views. With ASSAY_CORPUS also over that corpus, and
// GMime beside it.
#include <benchmark/benchmark.h>
#include <gmime/gmime.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
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

void BenchPlainText(benchmark::State& state) {
  ReadBody(state, "\r\n" + Repeat("The quick brown fox jumps over the lazy dog, and then it goes "
                                  "home.\r\nAll the others follow it.\r\n\r\n"));
}
BENCHMARK(BenchPlainText);

void BenchPlainTextUtf8(benchmark::State& state) {
  ReadBody(state,
           "Content-Type: text/plain; charset=utf-8\r\n\r\n" +
               Repeat("Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich.\r\n"));
}
BENCHMARK(BenchPlainTextUtf8);

void BenchPlainTextLatin1(benchmark::State& state) {
  ReadBody(state, "Content-Type: text/plain; charset=iso-8859-1\r\n\r\n" +
                      Repeat("Zw\xf6lf Boxk\xe4mpfer jagen Viktor quer \xfc"
                             "ber den Deich.\r\n"));
}
BENCHMARK(BenchPlainTextLatin1);

void BenchQuotedPrintable(benchmark::State& state) {
  ReadBody(state,
           "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
           "quoted-printable\r\n\r\n" +
               Repeat("Zw=C3=B6lf Boxk=C3=A4mpfer jagen Viktor quer =C3=BCber den Deich=\r\n"
                      " und zur=C3=BCck.\r\n"));
}
BENCHMARK(BenchQuotedPrintable);

void BenchBase64Text(benchmark::State& state) {
  ReadBody(state, "Content-Transfer-Encoding: base64\r\n\r\n" +
                      Repeat("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4g"
                             "VGhlIHF1aWNr\r\n"));
}
BENCHMARK(BenchBase64Text);

void BenchHtml(benchmark::State& state) {
  ReadBody(
      state,
      "Content-Type: text/html\r\n\r\n" +
          Repeat("<tr><td align=\"center\" style=\"font-family: Arial, sans-serif; font-size: "
                 "14px; color: #333333;\"><a href=\"https://www.example.com/path?a=1&amp;b=2\" "
                 "target=\"_blank\">Click here</a>&nbsp;to see our new collection, with free "
                 "delivery &amp; returns.<br></td></tr>\r\n"));
}
BENCHMARK(BenchHtml);

void BenchAttachmentNobodyReads(benchmark::State& state) {
  ReadBody(state,
           "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhello\r\n--b\r\n"
           "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
               Repeat("VGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4g\r\n") +
               "--b--\r\n");
}
BENCHMARK(BenchAttachmentNobodyReads);

void BenchSmallMessage(benchmark::State& state) {
  ReadBody(state, "From: a@example.com\r\nSubject: x\r\n\r\nHello,\r\n\r\nhow are you?\r\n");
}
BENCHMARK(BenchSmallMessage);

struct CorpusMessage {
  std::string raw;
  Message parsed;  // as the MTA hands it over
};

const std::vector<CorpusMessage>& Corpus() {
  static const std::vector<CorpusMessage> messages = [] {
    std::vector<CorpusMessage> read;
    const char* root = std::getenv("ASSAY_CORPUS");
    if (root == nullptr) return read;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
      if (entry.path().extension() != ".eml") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      std::string raw{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      Message parsed = ReadRawMessage(raw);
      read.push_back({std::move(raw), std::move(parsed)});
    }
    return read;
  }();
  return messages;
}

template <class Read>
void RunCorpus(benchmark::State& state, Read read) {
  const std::vector<CorpusMessage>& messages = Corpus();
  if (messages.empty()) {
    state.SkipWithError("ASSAY_CORPUS is not set");
    return;
  }
  std::int64_t bytes = 0;
  for (const CorpusMessage& message : messages) {
    bytes += static_cast<std::int64_t>(message.raw.size());
  }
  for (auto _ : state) {
    for (const CorpusMessage& message : messages) read(message);
  }
  state.SetBytesProcessed(state.iterations() * bytes);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(messages.size()));
}

// From the raw file to decoded text, header and all.
void BenchCorpusRawBody(benchmark::State& state) {
  RunCorpus(state, [](const CorpusMessage& message) {
    const Message parsed = ReadRawMessage(message.raw);
    Views views(parsed);
    benchmark::DoNotOptimize(views.RawBody().data());
  });
}
BENCHMARK(BenchCorpusRawBody)->Unit(benchmark::kMillisecond);

void BenchCorpus(benchmark::State& state) {
  RunCorpus(state, [](const CorpusMessage& message) {
    Views views(message.parsed);
    benchmark::DoNotOptimize(views.Body().data());
  });
}
BENCHMARK(BenchCorpus)->Unit(benchmark::kMillisecond);

// All that rules can ask of a message.
void BenchCorpusAllViews(benchmark::State& state) {
  RunCorpus(state, [](const CorpusMessage& message) {
    Views views(message.parsed);
    benchmark::DoNotOptimize(views.Body().data());
    benchmark::DoNotOptimize(views.LinkFacts().count);
    benchmark::DoNotOptimize(views.attachment_facts().count);
    benchmark::DoNotOptimize(views.BodyScripts().mixed_words());
    benchmark::DoNotOptimize(views.header_facts().received);
  });
}
BENCHMARK(BenchCorpusAllViews)->Unit(benchmark::kMillisecond);

// Parts and their content in UTF-8, HTML as it is: what BenchCorpusRawBody does.
void WriteParts(GMimeObject* /*parent*/, GMimeObject* part, gpointer stream) {
  if (!GMIME_IS_TEXT_PART(part)) return;
  char* text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
  if (text != nullptr) {
    g_mime_stream_write(static_cast<GMimeStream*>(stream), text, std::strlen(text));
  }
  g_free(text);
}

void BenchCorpusGmime(benchmark::State& state) {
  g_mime_init();
  RunCorpus(state, [](const CorpusMessage& message) {
    GMimeStream* in = g_mime_stream_mem_new_with_buffer(message.raw.data(), message.raw.size());
    GMimeParser* parser = g_mime_parser_new_with_stream(in);
    GMimeStream* out = g_mime_stream_mem_new();
    GMimeMessage* parsed = g_mime_parser_construct_message(parser, nullptr);
    if (parsed != nullptr) g_mime_message_foreach(parsed, WriteParts, out);
    benchmark::DoNotOptimize(g_mime_stream_length(out));
    if (parsed != nullptr) g_object_unref(parsed);
    g_object_unref(out);
    g_object_unref(parser);
    g_object_unref(in);
  });
}
BENCHMARK(BenchCorpusGmime)->Unit(benchmark::kMillisecond);

}  // namespace
