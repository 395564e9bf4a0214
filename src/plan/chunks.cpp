#include "plan/chunks.h"

#include <algorithm>
#include <cmath>

namespace wideep {

Chunks::Chunks(const ServingSetting& setting) {
  const double most = setting.step_tokens;
  double weights = 0.0;
  for (const PromptLength& prompt : setting.prompts) weights += prompt.weight;
  double square = 0.0;
  prompts.reserve(setting.prompts.size());
  for (const PromptLength& prompt : setting.prompts) {
    ChunkedPrompt chunks;
    chunks.share = prompt.weight / weights;
    chunks.before = std::ceil(prompt.tokens / most) - 1.0;
    chunks.last = prompt.tokens - chunks.before * most;
    chunks.first = std::min(most, prompt.tokens);
    tokens += chunks.share * prompt.tokens;
    square += chunks.share * prompt.tokens * prompt.tokens;
    before += chunks.share * chunks.before;
    last += chunks.share * chunks.last;
    last_square += chunks.share * chunks.last * chunks.last;
    first += chunks.share * chunks.first;
    first_square += chunks.share * chunks.first * chunks.first;
    prompts.push_back(chunks);
  }
  spread = std::max(0.0, square / (tokens * tokens) - 1.0);
  std::sort(prompts.begin(), prompts.end(), [](const ChunkedPrompt& a, const ChunkedPrompt& b) {
    return a.first < b.first;
  });
}

double longest_of(const Chunks& chunks, double count) {
  double longest = 0.0;
  double shorter = 0.0;
  double above = 1.0;
  for (const ChunkedPrompt& prompt : chunks.prompts) {
    longest += (prompt.first - shorter) * -std::expm1(-count * above);
    shorter = prompt.first;
    above -= prompt.share;
  }
  return longest;
}

double fullest_above_mean(const Chunks& chunks, int groups) {
  if (groups == 1) return 0.0;
  double largest = 0.0;
  double residual = 0.0;
  double below = 0.0;  // share of residuals
  double shorter = 0.0;
  double above = 1.0;
  for (const ChunkedPrompt& prompt : chunks.prompts) {
    const double width = prompt.first - shorter;
    const double share = above * width / chunks.first;
    if (share <= 0.0) continue;
    const double next = below + share;
    const double powers = std::pow(next, groups) - std::pow(below, groups);
    largest += width - powers * width / (groups * share);
    residual += width * (1.0 - 0.5 * (below + next));
    below = next;
    shorter = prompt.first;
    above -= prompt.share;
  }
  return largest - residual * (groups - 1.0) / groups;
}

}  // namespace wideep
