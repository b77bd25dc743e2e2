// SPDX-License-Identifier: Apache-2.0
// What holds for the views of any message whatever.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/mail/charset.h"
#include "lib/mail/views.h"

namespace assay::mail {

// Everything the views of one message say, and the first property that does not hold (empty: all
// hold).
struct ViewSummary {
  Texts body;
  Texts raw_body;
  Texts content_types;
  Texts attachment_names;
  Texts subject;
  Texts raw_subject;
  Texts hidden;
  Texts full;
  Texts structure;
  Texts mime_types;
  Texts links;
  Texts hosts;
  Texts link_texts;
  Texts attachment_types;
  Texts archive_names;
  Texts scripts;
  Texts order;
  std::size_t link_count = 0;
  bool flags[4] = {};
  std::string broken;

  bool operator==(const ViewSummary&) const = default;
};

inline std::size_t TotalSize(const Texts& texts) {
  std::size_t size = 0;
  for (const std::string& text : texts) size += text.size();
  return size;
}

inline std::string BrokenParagraph(const Texts& body) {
  for (const std::string& text : body) {
    if (text.empty()) return "empty paragraph";
    if (text.front() == ' ' || text.back() == ' ') return "space at an end";
    if (text.find("  ") != std::string::npos) return "two spaces";
    if (text.find_first_of(std::string_view("\0\t\n\v\f\r", 6)) != std::string::npos) {
      return "white space or NUL in a paragraph";
    }
  }
  return {};
}

inline std::string BrokenProperty(const ViewSummary& views) {
  for (const Texts* texts :
       {&views.body, &views.raw_body, &views.content_types, &views.attachment_names, &views.subject,
        &views.raw_subject, &views.hidden, &views.full, &views.structure, &views.mime_types,
        &views.links, &views.hosts, &views.link_texts, &views.archive_names, &views.order}) {
    for (const std::string& text : *texts) {
      if (!IsValidUtf8(text)) return "not UTF-8";
    }
  }
  for (const std::string& text : views.raw_body) {
    if (text.size() > kMaxPartText) return "kMaxPartText";
    if (text.find('\r') != std::string::npos) return "CR in raw body";
  }
  if (TotalSize(views.raw_body) > kMaxMessageText) return "kMaxMessageText";
  // No character reference is shorter than what it stands for.
  if (TotalSize(views.body) + TotalSize(views.hidden) > TotalSize(views.raw_body)) {
    return "body too large";
  }
  if (views.link_count > kMaxLinks || views.hosts.size() > views.links.size()) return "links";
  for (const std::string& host : views.hosts) {
    if (host.find_first_of(" /@") != std::string::npos) return "host";
  }
  if (views.hidden.size() > kMaxParagraphs) return "kMaxParagraphs";
  if (views.body.size() > kMaxParagraphs) return "kMaxParagraphs";
  if (views.content_types.size() > kMaxParts || views.raw_body.size() > kMaxParts) {
    return "kMaxParts";
  }
  const std::string broken = BrokenParagraph(views.body);
  return broken.empty() ? BrokenParagraph(views.hidden) : broken;
}

inline ViewSummary Summarize(const Message& message) {
  Views views(message);
  ViewSummary summary;
  summary.body = views.Body();
  summary.raw_body = views.RawBody();
  summary.content_types = views.ContentTypes();
  summary.attachment_names = views.AttachmentNames();
  summary.subject = views.Header("Subject");
  summary.raw_subject = views.Header("Subject", HeaderForm::kRaw);
  summary.hidden = views.HiddenText();
  summary.full = views.Full();
  summary.structure = views.MimeStructure();
  summary.mime_types = views.MimeHeader("Content-Type", HeaderForm::kText);
  summary.links = views.LinkFacts().urls;
  summary.hosts = views.LinkFacts().hosts;
  summary.link_texts = views.LinkFacts().texts;
  summary.link_count = views.Links().size();
  summary.attachment_types = views.attachment_facts().types;
  summary.archive_names = views.attachment_facts().files;
  summary.scripts = views.BodyScripts().names();
  summary.order = views.header_facts().order;
  (void)views.AlternativeOverlap();
  (void)views.FromNameScripts();
  (void)views.SubjectInvisibles();
  const ViewDefects& defects = views.defects();
  summary.flags[0] = defects.mime_parts;
  summary.flags[1] = defects.mime_depth;
  summary.flags[2] = defects.text_bytes;
  summary.flags[3] = defects.malformed;
  summary.broken = BrokenProperty(summary);
  return summary;
}

}  // namespace assay::mail
