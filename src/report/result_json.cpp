#include "report/result_json.h"

#include <algorithm>
#include <array>

#include "engines/engine.h"
#include "model/placed.h"
#include "model/unevenness.h"
#include "report/config_json.h"
#include "report/describe.h"
#include "report/sections.h"

namespace wideep {
namespace {

/// What the layer time is made of; the values sum to it.
Json exposed_json(const ExposedTimes& exposed) {
  return {{"bandwidth_s", exposed.at(Term::kBandwidth).base()},
          {"latency_s", exposed.at(Term::kLatency).base()},
          {"weights_s", exposed.at(Term::kWeights).base()},
          {"compute_s", exposed.at(Term::kCompute).base()},
          {"launch_s", exposed.at(Term::kLaunch).base()},
          {"attention_s", exposed.at(Term::kAttention).base()},
          {"sm_held_s", exposed.at(Term::kSmHeld).base()}};
}

Json load_json(const Problem& problem, const Prediction& prediction) {
  const Straggler& straggler = problem.workload.traffic.straggler;
  Json json{{"straggler_factor", prediction.straggler_factor},
            {"straggler_origin", straggler.origin.empty() ? "stated" : straggler.origin}};
  if (const auto p95 = straggler_p95(problem.workload, prediction.config)) {
    json["straggler_p95"] = *p95;
  } else {
    put_null(json, "straggler_p95", "no counts by layer were given");
  }
  if (prediction.active_experts > 0.0) {
    json["active_experts"] = prediction.active_experts;
    json["tokens_per_active_expert"] = prediction.routed_tokens / prediction.active_experts;
  } else {
    for (const char* name : {"active_experts", "tokens_per_active_expert"}) {
      put_null(json, name, "expert time is per routed token alone");
    }
  }
  return json;
}

/// What was asked: names as files give them.
Json question_json(const Problem& problem) {
  const Workload& workload = problem.workload;
  Json json;
  const auto name = [&](const char* key, const std::string& text) {
    if (text.empty()) {
      put_null(json, key, "it has no name");
    } else {
      json[key] = text;
    }
  };
  name("model", workload.model.name);
  name("fabric", problem.fabric.name);
  name("gpu", problem.fabric.gpu ? problem.fabric.gpu->name : "");
  if (const Engine* const engine = engine_asked(problem)) {
    json["engine"] = engine->name;
  } else {
    put_null(json, "engine", "none is asked for");
  }
  json["phase"] = name_of(workload.traffic.phase);
  if (workload.traffic.context) {
    json["context_tokens"] = *workload.traffic.context;
  } else {
    put_null(json, "context_tokens", "not given");
  }
  return json;
}

Json step_json(const Problem& problem, const Prediction& prediction) {
  const StepTimes& step = prediction.step;
  Json json{{"tpot_s", step.tpot.base()},
            {"tokens_per_gpu_per_s", step.tokens_per_gpu_per_second},
            {"step_s", step.total.base()},
            {"moe_layers_s", step.moe_layers.base()},
            {"dense_layers_s", step.dense_layers.base()},
            {"head_s", step.head.base()},
            {"overhead_s", step.overhead.base()},
            {"overhead_origin", name_of(problem.workload.figures.overhead_origin)},
            {"lost_s", step.lost.base()},
            {"serving_efficiency", efficiency_in_force(problem.workload)},
            {"serving_efficiency_origin", name_of(problem.workload.figures.efficiency_origin)},
            {"tokens_per_request", 1.0 + problem.workload.traffic.drafting.accepted}};
  if (step.ttft) {
    json["ttft_s"] = step.ttft->base();
  } else {
    put_null(json,
             "ttft_s",
             problem.workload.traffic.phase == Phase::kDecode ? "a decode step has no first token"
                                                              : "no context is given");
  }
  return json;
}

/// Null where it is not checked; the reason stands beside it in result_json.
Json memory_json(const Problem& problem, const ConfigReport& report) {
  const Prediction& prediction = report.prediction;
  if (!prediction.memory) return nullptr;
  const MemoryUse& use = *prediction.memory;
  const Batch& most = *report.largest_batch;
  Json json{{"total_bytes", use.total().base()},
            {"capacity_bytes", use.capacity.base()},
            {"fits", use.fits()},
            {"expert_weights_bytes", use.expert_weights.base()},
            {"other_weights_bytes", use.other_weights.base()},
            {"kv_cache_bytes", use.cache.base()},
            {"kernel_buffers_bytes", use.buffers.base()},
            {"activations_bytes", use.activations.base()},
            {"reserved_bytes", use.reserved.base()},
            {"largest_tokens_per_rank", most.tokens}};
  if (problem.workload.traffic.phase == Phase::kDecode) {
    json["largest_requests_per_rank"] = most.requests;
  } else {
    put_null(json, "largest_requests_per_rank", "a batch of prompts is counted in tokens");
  }
  return json;
}

/// What the parts take, and together. The parts of a fused kernel have no times of their own.
Json time_json(const Prediction& prediction) {
  Json json{{"layer_s", prediction.layer.base()},
            {"scheduled_s", prediction.scheduled.base()},
            {"attention_s", prediction.attention.base()},
            {"launches_s", prediction.launches.base()}};
  const std::array<std::pair<const char*, Seconds>, 6> parts = {
      {{"dispatch_s", prediction.dispatch},
       {"combine_s", prediction.combine},
       {"comm_s", prediction.comm},
       {"compute_s", prediction.expert},
       {"no_overlap_s", prediction.no_overlap},
       {"dbo_bound_s", prediction.bound}}};
  for (const auto& [name, time] : parts) {
    if (prediction.is_fused()) {
      put_null(json, name, "one kernel dispatches, computes and combines");
    } else {
      json[name] = time.base();
    }
  }
  if (prediction.is_fused()) {
    json["fused_s"] = prediction.busy.fused.base();
    json["fused_bound_s"] = prediction.bound.base();
  } else {
    for (const char* name : {"fused_s", "fused_bound_s"}) {
      put_null(json, name, "the kernel is not fused");
    }
  }
  return json;
}

Json tokens_json(const Problem& problem, const ConfigReport& report) {
  const Prediction& prediction = report.prediction;
  const auto* per_rank = std::get_if<TokensPerRank>(&problem.workload.traffic.tokens);
  const ExpertLoad load = per_rank == nullptr ? ExpertLoad::kPerRank : per_rank->expert_load;
  Json json{{"per_rank", count(prediction.tokens)},
            {"routed_per_rank", count(prediction.routed_tokens)},
            {"expert_load", name_of(load)},
            {"expert_load_stated", per_rank == nullptr || per_rank->stated}};
  if (report.other_load) {
    json["other_expert_load"] = {{"expert_load", name_of(report.other_load->load)},
                                 {"routed_per_rank", count(report.other_load->routed_tokens)},
                                 {"layer_s", report.other_load->layer.base()}};
  } else {
    put_null(json, "other_expert_load", "the batch is global");
  }
  return json;
}

/// What two micro-batches cost and hide, and what engines' equal halves take.
void put_split(Json& json, const Problem& problem, const ConfigReport& report) {
  if (report.split) {
    const SplitBalance& split = *report.split;
    json["split_balance"] = {{"attention_s", split.attention.base()},
                             {"experts_s", split.experts.base()},
                             {"transfers_s", split.transfers.base()},
                             {"sm_held_s", split.sm_held.base()},
                             {"cost_s", split.cost.base()},
                             {"hidden_s", split.hidden.base()},
                             {"gain_s", split.gain.base()}};
  } else {
    put_null(json, "split_balance", kOnlyDbo);
  }
  if (report.half_split) {
    json["half_split_layer_s"] = report.half_split->base();
  } else {
    put_null(
        json,
        "half_split_layer_s",
        problem.space.timing == Timing::kSchedule ? kOnlyDbo : "the bound is that of every split");
  }
}

Json warnings_json(const ConfigReport& report) {
  Json list = Json::array();
  for (const Warning& warning : report.warnings) list.push_back(warning.message);
  return list;
}

}  // namespace

Json limits_json(const std::vector<LimitText>& limits) {
  Json list = Json::array();
  for (const LimitText& limit : limits) {
    list.push_back({{"rule", limit.rule}, {"message", limit.message}, {"fix", limit.fix}});
  }
  return list;
}

Json stages_json(const Prediction& prediction) {
  const BusyTimes& busy = prediction.busy;
  return {{"attention_s", busy.attention.base()},
          {"launches_s", busy.launches.base()},
          {"dispatch_s", busy.dispatch.base()},
          {"experts_s", busy.experts.base()},
          {"combine_s", busy.combine.base()},
          {"sm_held_s", busy.sm_held.base()},
          {"fused_s", busy.fused.base()},
          {"hidden_s", std::max(0.0, (busy.total() - prediction.layer).base())}};
}

Json result_json(const Problem& problem, const ConfigReport& report) {
  const Prediction& prediction = report.prediction;
  if (!is_placed(problem, prediction.config)) {
    return result_json(placed(problem, prediction.config), report);
  }
  Json json{{"config", config_json(problem, prediction)},
            {"time", time_json(prediction)},
            {"stages", stages_json(prediction)},
            {"bound", bound_of(prediction)},
            {"exposed", exposed_json(prediction.exposed)},
            {"load", load_json(problem, prediction)},
            {"step", step_json(problem, prediction)},
            {"memory", memory_json(problem, report)},
            {"volume",
             {{"shot_bytes", prediction.dispatch_volume.base()},
              {"layer_bytes", prediction.layer_volume.base()},
              {"off_domain_bytes", prediction.off_domain_volume.base()},
              {"off_domain_fraction", prediction.off_domain_share},
              {"sent_bytes", prediction.sent_volume.base()},
              {"sent_off_domain_bytes", prediction.sent_off_domain.base()}}},
            {"tokens", tokens_json(problem, report)},
            {"tokens_per_rank", count(prediction.tokens)},
            {"question", question_json(problem)},
            {"timing", name_of(problem.space.timing)},
            {"engines", report.engines},
            {"warnings", warnings_json(report)}};
  put_split(json, problem, report);
  if (!prediction.memory) json["memory_reason"] = memory_unknown(problem);
  return json;
}

std::string to_text(const Json& document) {
  // A kernel may be named in bytes that are no UTF-8.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wideep
