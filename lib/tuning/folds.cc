// SPDX-License-Identifier: Apache-2.0
#include "lib/tuning/folds.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <tuple>

namespace assay::tuning {
namespace {

// FNV-1a, 64 bits: the same on every machine, unlike std::hash.
std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  return hash;
}

struct Campaign {
  std::string_view key;
  std::vector<std::size_t> samples = {};
  std::size_t set = 0;  // the smallest set that it has messages in
};

}  // namespace

std::vector<std::size_t> MakeFolds(const Observations& observations, std::size_t count) {
  std::map<std::string_view, Campaign> by_key;
  std::vector<std::size_t> set_sizes(observations.sets.size());
  for (std::size_t i = 0; i < observations.samples.size(); ++i) {
    const Sample& sample = observations.samples[i];
    Campaign& campaign =
        by_key.try_emplace(sample.campaign, Campaign{sample.campaign}).first->second;
    campaign.samples.push_back(i);
    ++set_sizes[sample.set];
  }
  std::vector<const Campaign*> order;
  for (auto& [key, campaign] : by_key) {
    const auto smaller = [&](std::size_t a, std::size_t b) {
      return set_sizes[observations.samples[a].set] < set_sizes[observations.samples[b].set];
    };
    campaign.set = observations.samples[*std::ranges::min_element(campaign.samples, smaller)].set;
    order.push_back(&campaign);
  }
  // Large campaigns first, so that the small ones can even out what they leave.
  std::ranges::sort(order, {}, [](const Campaign* campaign) {
    return std::tuple(campaign->set, ~campaign->samples.size(), HashOf(campaign->key),
                      campaign->key);
  });
  std::vector<std::size_t> folds(observations.samples.size());
  std::vector<std::vector<std::size_t>> filled(set_sizes.size(), std::vector<std::size_t>(count));
  for (const Campaign* campaign : order) {
    auto& sizes = filled[campaign->set];
    const auto fold = static_cast<std::size_t>(std::ranges::min_element(sizes) - sizes.begin());
    sizes[fold] += campaign->samples.size();
    for (const std::size_t sample : campaign->samples) folds[sample] = fold;
  }
  return folds;
}

}  // namespace assay::tuning
