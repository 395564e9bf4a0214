#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "model/attention.h"
#include "model/hardware.h"
#include "support/draw.h"
#include "support/round_gpu.h"

namespace wideep::attention_reach_test {
namespace {

using doctest::Approx;

constexpr unsigned kSeed = 906;
constexpr int kDraws = 300;

/// 800 B and 3200 FLOP for each position of the context.
LayerShape shape() {
  LayerShape s;
  s.hidden_size = s.model_hidden_size = 1000;
  s.expert_size = 500;
  s.gqa = GqaShape{.heads = 8, .kv_heads = 2, .head_dim = 100};
  return s;
}

LayerShape with_reach(const AttentionReach& reach) {
  LayerShape s = shape();
  s.reach = reach;
  return s;
}

/// Attention to 200 positions that so many heads of 32 pick.
LayerShape indexed(int heads) {
  LayerShape s = shape();
  s.reach.sparse_tokens = 200;
  s.reach.index_heads = heads;
  s.reach.index_dim = 32;
  return s;
}

double decode_ns(const LayerShape& s, int context, int tokens_per_sequence = 1) {
  const Attending attending{Phase::kDecode, context, tokens_per_sequence};
  return dense_work(s, round_gpu(), attending).sum().per_token / unit::us * 1e3;
}

double prefill_ns(const LayerShape& s, int context) {
  return dense_work(s, round_gpu(), {Phase::kPrefill, context}).sum().per_token / unit::us * 1e3;
}

class LayerDraw : public Draw {
 public:
  using Draw::Draw;

  /// A model of either kind of attention.
  LayerShape layer() {
    LayerShape s;
    s.hidden_size = s.model_hidden_size = whole(1, 100) * 64;
    s.shared_size = whole(0, 4096);
    if (whole(0, 1) == 0) {
      const int kv_heads = whole(1, 16);
      s.gqa = GqaShape{
          .heads = kv_heads * whole(1, 16), .kv_heads = kv_heads, .head_dim = whole(1, 256)};
    } else {
      s.mla = MlaShape{.heads = whole(1, 128),
                       .q_lora_rank = whole(0, 2048),
                       .kv_lora_rank = whole(1, 1024),
                       .rope_dim = whole(0, 128),
                       .nope_dim = whole(1, 256),
                       .v_dim = whole(1, 256)};
    }
    s.kv_element = Bytes(whole(1, 2));
    return s;
  }
  Attending attending() {
    return {.phase = whole(0, 1) == 0 ? Phase::kDecode : Phase::kPrefill,
            .context = whole(1, 100'000),
            .tokens_per_sequence = whole(1, 4)};
  }
};

bool same(const DenseWork& a, const DenseWork& b) {
  return a.fixed == b.fixed && a.weight_read == b.weight_read &&
         a.compute_per_token == b.compute_per_token && a.per_token == b.per_token;
}

TEST_SUITE("model/attention_reach") {
  TEST_CASE("full attention, against which the others are measured") {
    // 1000 positions: 0.8 MB in 1.6 us, 3.2 MFLOP in 0.32 us; at prefill 500 of them at 40 TFLOP/s.
    CHECK(decode_ns(shape(), 1000) == Approx(1600.0));
    CHECK(prefill_ns(shape(), 1000) == Approx(40.0));
  }

  TEST_CASE("half of the layers with a window") {
    const LayerShape s = with_reach({.window_share = 0.5, .window = 100, .linear_state = {}});
    // A layer of 1000 positions 1600 ns, one of 100 160 ns.
    CHECK(decode_ns(s, 1000) == Approx(880.0));
    // 95 of 1000 positions on average, (5050 + 900 * 100) / 1000 counted: 7.6 ns.
    CHECK(prefill_ns(s, 1000) == Approx(0.5 * (40.0 + 7.6)));
  }

  TEST_CASE("a quarter of the layers with a state, which is read and written") {
    const LayerShape s = with_reach({.linear_share = 0.25, .linear_state = Bytes(1e6)});
    CHECK(decode_ns(s, 1000) == Approx(0.75 * 1600.0 + 0.25 * 4000.0));
    CHECK(decode_ns(s, 1) == Approx(0.75 * 1.6 + 0.25 * 4000.0));
    CHECK(prefill_ns(s, 1000) == Approx(0.75 * 40.0));  // the state stays on chip
  }

  TEST_CASE("an indexer looks at every position, attention at those it picks") {
    const LayerShape s = indexed(4);
    // 200 picked 320 ns; 1000 keys of 36 B 72 ns, 256 kFLOP at 10 TFLOP/s 25.6 ns.
    CHECK(decode_ns(s, 1000) == Approx(320.0 + 72.0));
    // 180 picked on average 14.4 ns; 500 looked at, 128 kFLOP at 40 TFLOP/s: 3.2 ns.
    CHECK(prefill_ns(s, 1000) == Approx(14.4 + 3.2));
    // Many heads are computed longer than their keys are read: 1000 * 64 * 32 * 2 FLOP = 409.6 ns.
    const LayerShape heads = indexed(64);
    CHECK(decode_ns(heads, 1000) == Approx(320.0 + 409.6));
    // With all positions picked it is full attention and a search.
    CHECK(decode_ns(s, 150) == Approx(240.0 + 10.8));
    CHECK(prefill_ns(s, 150) == Approx(6.0 + 0.48));
  }

  TEST_CASE("all of them in one model: the mean over layers") {
    const LayerShape s = with_reach({.window_share = 0.25,
                                     .window = 100,
                                     .linear_share = 0.25,
                                     .linear_state = Bytes(1e6),
                                     .sparse_tokens = 200,
                                     .index_heads = 4,
                                     .index_dim = 32});
    CHECK(decode_ns(s, 1000) == Approx(0.5 * 392.0 + 0.25 * 160.0 + 0.25 * 4000.0));
    CHECK(prefill_ns(s, 1000) == Approx(0.5 * 17.6 + 0.25 * 7.6));
    // Projections, launches and shared experts do not change with what a layer attends to.
    const DenseWork full = dense_work(shape(), round_gpu(), {Phase::kDecode, 1000}).sum();
    const DenseWork mixed = dense_work(s, round_gpu(), {Phase::kDecode, 1000}).sum();
    CHECK(mixed.fixed == full.fixed);
    CHECK(mixed.weight_read == full.weight_read);
    CHECK(mixed.compute_per_token == full.compute_per_token);
  }

  TEST_CASE("drafted tokens of a sequence share one reading of its cache") {
    CHECK(decode_ns(shape(), 1000, 2) == Approx(800.0));
    CHECK(decode_ns(shape(), 1000, 8) == Approx(320.0));  // each still computes its own
    const LayerShape linear = with_reach({.linear_share = 1.0, .linear_state = Bytes(1e6)});
    CHECK(decode_ns(linear, 1000, 2) == Approx(2000.0));
    const LayerShape sparse = indexed(4);
    CHECK(decode_ns(sparse, 1000, 2) == Approx(160.0 + 36.0));
    // A prompt's cache is not what it waits for.
    const DenseWork one = dense_work(shape(), round_gpu(), {Phase::kPrefill, 1000, 1}).sum();
    CHECK(same(one, dense_work(shape(), round_gpu(), {Phase::kPrefill, 1000, 2}).sum()));
  }

  TEST_CASE("shares of zero and no indexer are plain attention, bit for bit") {
    LayerDraw draw(kSeed);
    CAPTURE(kSeed);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const LayerShape plain = draw.layer();
      const Attending attending = draw.attending();
      LayerShape unused = plain;
      unused.reach = {.window_share = 0.0,
                      .window = draw.whole(1, 100'000),
                      .linear_share = 0.0,
                      .linear_state = Bytes(draw.uniform(1.0, 1e9)),
                      .sparse_tokens = 0,
                      .index_heads = draw.whole(1, 128),
                      .index_dim = draw.whole(1, 128)};
      const DenseWork work = dense_work(plain, round_gpu(), attending).sum();
      CHECK(same(work, dense_work(unused, round_gpu(), attending).sum()));
      CHECK(cached_bytes(plain, attending.context) == cached_bytes(unused, attending.context));
      // And that is the formula of full attention.
      const bool decodes = attending.phase == Phase::kDecode;
      double values = 0.0;
      Bytes cache;
      if (plain.mla) {
        const MlaShape& m = *plain.mla;
        values = m.heads * (decodes ? 2.0 * m.kv_lora_rank + m.rope_dim
                                    : 1.0 * m.nope_dim + m.rope_dim + m.v_dim);
        cache = (m.kv_lora_rank + m.rope_dim) * plain.kv_element;
      } else {
        values = 2.0 * plain.gqa->heads * plain.gqa->head_dim;
        cache = 2.0 * plain.gqa->kv_heads * plain.gqa->head_dim * plain.kv_element;
      }
      const double positions = decodes ? attending.context : 0.5 * attending.context;
      const FlopPerSecond rate(decodes ? 10e12 : 40e12);
      Seconds expected = positions * values * Flop(2.0) / rate;
      if (decodes) {
        const Seconds read = positions * cache / (500.0 * unit::GBps);
        expected = std::max(expected, read / attending.tokens_per_sequence);
      }
      CHECK(work.per_token.base() == Approx(expected.base()).epsilon(1e-12));
    }
  }

  TEST_CASE("a window that the context does not fill is full attention") {
    LayerDraw draw(kSeed + 1);
    CAPTURE(kSeed);
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      const LayerShape full = draw.layer();
      const Attending attending = draw.attending();
      const DenseWork expected = dense_work(full, round_gpu(), attending).sum();
      LayerShape windowed = full;
      for (const int window : {attending.context, attending.context + 1, 16'777'216}) {
        CAPTURE(window);
        windowed.reach.window = window;
        for (const double share : {0.5, 1.0}) {  // which lose no digit
          windowed.reach.window_share = share;
          CHECK(same(expected, dense_work(windowed, round_gpu(), attending).sum()));
        }
        windowed.reach.window_share = draw.uniform(0.0, 1.0);
        CHECK(dense_work(windowed, round_gpu(), attending).sum().per_token.base() ==
              Approx(expected.per_token.base()).epsilon(1e-12));
        CHECK(cached_bytes(windowed, attending.context) / cached_bytes(full, attending.context) ==
              Approx(1.0).epsilon(1e-12));
      }
    }
  }

  TEST_CASE("reaching further is never faster, and a window one shorter hardly changes anything") {
    LayerDraw draw(kSeed + 2);
    CAPTURE(kSeed);
    int long_contexts = 0;
    for (int at = 0; at < kDraws; ++at) {
      CAPTURE(at);
      LayerShape s = draw.layer();
      const Attending attending = draw.attending();
      const double full = dense_work(s, round_gpu(), attending).sum().per_token.base();
      s.reach.window_share = draw.uniform(0.0, 1.0);
      double before = 0.0;
      for (int window = 1; window < 200'000; window = 2 * window + 1) {
        s.reach.window = window;
        const double now = dense_work(s, round_gpu(), attending).sum().per_token.base();
        CHECK(now >= before * (1.0 - 1e-12));
        CHECK(now <= full * (1.0 + 1e-12));
        before = now;
      }
      if (attending.context < 100) continue;
      ++long_contexts;
      s.reach.window = attending.context - 1;
      const double shorter = dense_work(s, round_gpu(), attending).sum().per_token.base();
      CHECK(shorter == Approx(full).epsilon(0.011));  // a hundredth of the context at most
    }
    CHECK(long_contexts > kDraws / 4);
  }

  TEST_CASE("experts of prompts have a launch and an efficiency of their own, and no padding") {
    LayerShape s = shape();
    Gpu g = round_gpu();
    const ExpertFigures decode = expert_figures(s, g);
    CHECK(decode.fixed / unit::us == Approx(0.6));
    // Where the GPU says nothing of prompts they are as at decode.
    CHECK(expert_figures(s, g, Phase::kPrefill).launch == decode.launch);
    CHECK(expert_figures(s, g, Phase::kPrefill).fixed == decode.fixed);
    CHECK(expert_figures(s, g, Phase::kPrefill).per_token == decode.per_token);
    g.prefill_experts = PrefillExperts{.launch = 30.0 * unit::us, .flop_efficiency = 0.5};
    const ExpertFigures prefill = expert_figures(s, g, Phase::kPrefill);
    // 3 MFLOP at half of 200 TFLOP/s; the same 1.5 MB are read at 0.5 TB/s.
    CHECK(prefill.launch / unit::us == Approx(30.0));
    CHECK(prefill.per_token / unit::us == Approx(0.03));
    CHECK(prefill.fixed == Seconds(0.0));
    CHECK(prefill.weight_read / unit::us == Approx(3.0));
    CHECK(expert_figures(s, g, Phase::kDecode).launch == decode.launch);
    CHECK(expert_figures(s, g, Phase::kDecode).per_token == decode.per_token);
  }

  TEST_CASE("an expert computes a whole tile, which matters where it outlasts the weights") {
    LayerShape s = shape();
    Gpu g = round_gpu();
    // 60 ns a token, weights read in 3 us: as long as 50 tokens.
    const auto read_us = [&](double tile, Phase phase = Phase::kDecode) {
      g.tile_tokens = tile;
      return expert_figures(s, g, phase).weight_read / unit::us;
    };
    CHECK(read_us(0) == Approx(3.0));
    CHECK(read_us(16) == read_us(0));
    CHECK(read_us(49) == read_us(0));
    CHECK(read_us(64) == Approx(3.84));
    CHECK(read_us(128) == Approx(7.68));
    // Padding and the time of a token do not change.
    CHECK(expert_figures(s, g).per_token / unit::us == Approx(0.06));
    CHECK(expert_figures(s, g).fixed / unit::us == Approx(0.6));
    // At prefill a token is 30 ns, so a tile of 64 is hidden and one of 128 is not.
    g.prefill_experts = PrefillExperts{.launch = 30.0 * unit::us, .flop_efficiency = 0.5};
    CHECK(read_us(64, Phase::kPrefill) == Approx(3.0));
    CHECK(read_us(128, Phase::kPrefill) == Approx(3.84));
  }

  TEST_CASE("two matrices of an expert are two thirds of three, latent experts are narrower") {
    LayerShape s = shape();
    const ExpertFigures three = expert_figures(s, round_gpu());
    s.expert_matrices = 2;
    const ExpertFigures two = expert_figures(s, round_gpu());
    CHECK(two.weight_read / three.weight_read == Approx(2.0 / 3.0));
    CHECK(two.per_token / three.per_token == Approx(2.0 / 3.0));
    s = shape();
    s.model_hidden_size = 2000;  // attention's
    CHECK(expert_figures(s, round_gpu()).weight_read == three.weight_read);
    CHECK(dense_work(s, round_gpu(), {Phase::kDecode, 1000}).sum().weight_read / unit::us ==
          Approx(8.0));
  }

  TEST_CASE("a dense layer is attention with an MLP of its own size") {
    // 2 M weights of attention and 3 * 1000 * 500 of the MLP: 3.5 MB at 0.5 TB/s, 7 MFLOP at 100
    // TFLOP/s.
    const DenseWork work = dense_work(shape(), 500, round_gpu(), {Phase::kDecode, 1000}).sum();
    CHECK(work.fixed / unit::us == Approx(3.0));
    CHECK(work.weight_read / unit::us == Approx(7.0));
    CHECK(work.compute_per_token / unit::us == Approx(0.07));
    CHECK(work.per_token / unit::us == Approx(1.6));
    LayerShape shared = shape();
    shared.shared_size = 500;
    CHECK(same(work, dense_work(shared, round_gpu(), {Phase::kDecode, 1000}).sum()));
  }
}

}  // namespace
}  // namespace wideep::attention_reach_test
