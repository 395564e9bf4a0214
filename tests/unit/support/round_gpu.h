#pragma once

#include "model/fabric.h"

namespace wideep {

/// Round numbers: 1 TB/s and 100 TFLOP/s in bf16, 200 in fp8, half and a quarter of which is
/// reached.
inline Gpu round_gpu() {
  Gpu g;
  g.sms = 100;
  g.hbm_bandwidth = 1000.0 * unit::GBps;
  g.hbm_efficiency = 0.5;
  g.bf16_rate = FlopPerSecond(100e12);
  g.fp8_rate = FlopPerSecond(200e12);
  g.flop_efficiency = 0.25;
  g.padding_tokens = 10;
  g.expert_launch = 7.0 * unit::us;
  g.decode = {
      .launch = 3.0 * unit::us, .projection_efficiency = 0.5, .context = {.efficiency = 0.1}};
  g.prefill = {
      .launch = 9.0 * unit::us, .projection_efficiency = 0.8, .context = {.efficiency = 0.4}};
  return g;
}

}  // namespace wideep
