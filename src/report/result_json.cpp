#include "report/result_json.h"

#include <cmath>
#include <cstdint>

#include "model/limits.h"
#include "report/describe.h"
#include "report/sections.h"

namespace wideep {
namespace {

template <class Q>
double in_base_units(Q value) {
  if constexpr (std::is_same_v<Q, double>) {
    return value;
  } else {
    return value.base();
  }
}

template <class Q>
void put(Json& object, const std::string& name, const Threshold<Q>& threshold) {
  if (threshold.value) {
    object[name] = in_base_units(*threshold.value);
  } else {
    object[name] = nullptr;
    object[name + "_reason"] = threshold.reason;
  }
}

/// A count, as a whole number where it is one.
Json count(double value) {
  if (value == std::floor(value)) return static_cast<std::int64_t>(value);
  return value;
}

Json config_json(const Problem& problem, const Prediction& prediction) {
  const Config& config = prediction.config;
  Json json{{"ep_width", config.ep_width},
            {"kernel", problem.fabric.kernels[config.kernel].name},
            {"overlap", name_of(config.overlap)},
            {"chunks", config.chunks},
            {"chunk_bytes", prediction.chunk.base()}};
  if (config.overlap == Overlap::kDbo) {
    json["split"] = prediction.split;
    json["first_tokens"] = count(config.first_tokens);
  } else {
    json["split"] = nullptr;
    json["split_reason"] = "only dbo splits the batch";
    json["first_tokens"] = nullptr;
    json["first_tokens_reason"] = "only dbo splits the batch";
  }
  if (config.sms > 0) {
    json["sms"] = config.sms;
  } else {
    json["sms"] = nullptr;
    json["sms_reason"] = "the kernel's SMs are no choice";
  }
  return json;
}

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
  const Straggler& straggler = problem.workload.straggler;
  Json json{{"straggler_factor", prediction.straggler_factor},
            {"straggler_origin", straggler.origin.empty() ? "stated" : straggler.origin}};
  if (straggler.p95) {
    json["straggler_p95"] = straggler.p95->at(prediction.config.ep_width);
  } else {
    json["straggler_p95"] = nullptr;
    json["straggler_p95_reason"] = "no counts by layer were given";
  }
  if (prediction.active_experts > 0.0) {
    json["active_experts"] = prediction.active_experts;
    json["tokens_per_active_expert"] = prediction.routed_tokens / prediction.active_experts;
  } else {
    for (const char* name : {"active_experts", "tokens_per_active_expert"}) {
      json[name] = nullptr;
      json[std::string(name) + "_reason"] = "expert time is per routed token alone";
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
      json[key] = nullptr;
      json[std::string(key) + "_reason"] = "it has no name";
    } else {
      json[key] = text;
    }
  };
  name("model", workload.model);
  name("fabric", problem.fabric.name);
  name("gpu", problem.fabric.gpu ? problem.fabric.gpu->name : "");
  json["phase"] = workload.phase == Phase::kDecode ? "decode" : "prefill";
  if (workload.context) {
    json["context_tokens"] = *workload.context;
  } else {
    json["context_tokens"] = nullptr;
    json["context_tokens_reason"] = "not given";
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
            {"lost_s", step.lost.base()},
            {"serving_efficiency", problem.workload.outside.efficiency},
            {"tokens_per_request", 1.0 + problem.workload.drafting.accepted}};
  if (step.ttft) {
    json["ttft_s"] = step.ttft->base();
  } else {
    json["ttft_s"] = nullptr;
    json["ttft_s_reason"] = problem.workload.phase == Phase::kDecode
                                ? "a decode step has no first token"
                                : "no context is given";
  }
  return json;
}

/// Null where it is not checked; the reason stands beside it in result_json.
Json memory_json(const Problem& problem, const Prediction& prediction) {
  if (!prediction.memory) return nullptr;
  const MemoryUse& use = *prediction.memory;
  return {{"total_bytes", use.total().base()},
          {"capacity_bytes", use.capacity.base()},
          {"fits", use.fits()},
          {"expert_weights_bytes", use.expert_weights.base()},
          {"other_weights_bytes", use.other_weights.base()},
          {"kv_cache_bytes", use.cache.base()},
          {"kernel_buffers_bytes", use.buffers.base()},
          {"activations_bytes", use.activations.base()},
          {"reserved_bytes", use.reserved.base()},
          {"largest_tokens_per_rank", largest_fitting_tokens(problem, prediction.config)}};
}

Json tokens_json(const Problem& problem, const Prediction& prediction) {
  const auto* per_rank = std::get_if<TokensPerRank>(&problem.workload.tokens);
  const ExpertLoad load = per_rank == nullptr ? ExpertLoad::kPerRank : per_rank->expert_load;
  return {{"per_rank", count(prediction.tokens)},
          {"routed_per_rank", count(prediction.routed_tokens)},
          {"expert_load", name_of(load)},
          {"expert_load_stated", per_rank == nullptr || per_rank->stated}};
}

Json list_json(const Problem& problem, const std::vector<Prediction>& predictions) {
  Json list = Json::array();
  for (const Prediction& prediction : predictions) {
    list.push_back(result_json(problem, prediction));
  }
  return list;
}

Json certificate_json(const Certificate& certificate) {
  const bool exhaustive = certificate.method == Certificate::Method::kExhaustive;
  Json json{{"method", exhaustive ? "exhaustive" : "bound"},
            {"configurations", certificate.configurations},
            {"evaluated", certificate.evaluated},
            {"gap", certificate.gap}};
  if (certificate.nlopt_excess) {
    json["nlopt_excess"] = *certificate.nlopt_excess;
  } else {
    json["nlopt_excess"] = nullptr;
    json["nlopt_excess_reason"] = certificate.nlopt_compared
                                      ? "NLopt found no configuration within the transfer limits"
                                      : "one solver only";
  }
  json["nlopt_evaluations"] = certificate.nlopt_evaluations;
  return json;
}

Json excluded_json(const Problem& problem, const std::vector<Excluded>& excluded) {
  Json list = Json::array();
  for (const Excluded& choice : excluded) {
    // Of widths that nobody asked for, only those that can run are of interest.
    const bool asked = !problem.space.ep_widths.empty() || choice.overlap.has_value();
    if (!asked && is_of_width(choice.limit)) continue;
    Json json{{"ep_width", choice.ep_width},
              {"kernel", problem.fabric.kernels[choice.kernel].name},
              {"overlap", nullptr},
              {"rule", choice.limit.rule},
              {"message", choice.limit.message},
              {"fix", choice.limit.fix}};
    if (choice.overlap) json["overlap"] = name_of(*choice.overlap);
    list.push_back(std::move(json));
  }
  return list;
}

std::string reasons_text(const std::vector<BrokenLimit>& reasons) {
  std::string text = "no configuration of the search space is feasible";
  if (!reasons.empty()) text += ": " + reasons.front().message;
  return text;
}

}  // namespace

Json result_json(const Problem& problem, const Prediction& prediction) {
  Json json{{"config", config_json(problem, prediction)},
            {"time",
             {{"layer_s", prediction.layer.base()},
              {"dispatch_s", prediction.dispatch.base()},
              {"combine_s", prediction.combine.base()},
              {"comm_s", prediction.comm.base()},
              {"compute_s", prediction.expert.base()},
              {"no_overlap_s", prediction.no_overlap.base()},
              {"dbo_bound_s", prediction.dbo_bound.base()},
              {"scheduled_s", prediction.scheduled.base()},
              {"attention_s", prediction.attention.base()}}},
            {"bound", bound_of(prediction)},
            {"exposed", exposed_json(prediction.exposed)},
            {"load", load_json(problem, prediction)},
            {"step", step_json(problem, prediction)},
            {"memory", memory_json(problem, prediction)},
            {"volume",
             {{"shot_bytes", prediction.dispatch_volume.base()},
              {"layer_bytes", prediction.layer_volume.base()},
              {"off_domain_bytes", prediction.off_domain_volume.base()},
              {"off_domain_fraction", prediction.off_domain_share},
              {"sent_bytes", prediction.sent_volume.base()},
              {"sent_off_domain_bytes", prediction.sent_off_domain.base()}}},
            {"tokens", tokens_json(problem, prediction)},
            {"question", question_json(problem)},
            {"timing", name_of(problem.space.timing)},
            {"warnings", beyond_range(problem, prediction.config)}};
  if (!prediction.memory) json["memory_reason"] = memory_unknown(problem);
  return json;
}

/// The kernel that is faster on one side of a crossing.
void put_faster(Json& object,
                const std::string& name,
                const Problem& problem,
                const std::optional<std::size_t>& kernel) {
  if (kernel) {
    object[name] = problem.fabric.kernels[*kernel].name;
  } else {
    object[name] = nullptr;
    object[name + "_reason"] = "both kernels cost the same there";
  }
}

Json thresholds_json(const Problem& problem, const Thresholds& thresholds) {
  const KernelCrossover& cross = thresholds.kernel_crossover;
  Threshold<Bytes> cross_bytes{{}, cross.tokens.reason};
  if (cross.tokens.value) cross_bytes.value = cross.dispatch_bytes;

  Json json;
  put(json, "full_overlap_tokens", thresholds.full_overlap_tokens);
  if (thresholds.full_overlap_until) {
    json["full_overlap_until_tokens"] = *thresholds.full_overlap_until;
  } else {
    json["full_overlap_until_tokens"] = nullptr;
    json["full_overlap_until_tokens_reason"] =
        thresholds.full_overlap_tokens.value ? "it does not end" : "it never begins";
  }
  put(json, "break_even_tokens", thresholds.break_even_tokens);
  put(json, "break_even_half_split_tokens", thresholds.break_even_half_split_tokens);
  if (const auto& stretch = thresholds.half_split_stretch) {
    json["half_split_stretch_tokens"] = {stretch->from, *stretch->until};
  } else {
    json["half_split_stretch_tokens"] = nullptr;
    json["half_split_stretch_tokens_reason"] = "it pays above break-even alone, or nowhere";
  }
  put(json, "kernel_crossover_bytes", cross_bytes);
  put(json, "kernel_crossover_tokens", cross.tokens);
  if (cross.tokens.value) {
    put_faster(json, "kernel_below_crossover", problem, cross.below);
    put_faster(json, "kernel_above_crossover", problem, cross.above);
  }
  put(json, "chunk_lower_bound_bytes", thresholds.chunk_lower_bound);
  put(json, "chunk_lower_bound_round_trip_bytes", thresholds.chunk_lower_bound_round_trip);
  put(json, "chunk_pays_from_bytes", thresholds.chunk_pays.from);
  put(json, "chunk_best_bytes", thresholds.chunk_pays.best);
  return json;
}

Json optimize_json(const Problem& problem,
                   const SearchResult& result,
                   const Thresholds& thresholds) {
  Json json;
  if (!result.optimum) {
    const std::string reason = reasons_text(result.reasons);
    for (const char* name : {"optimum", "recommended", "runner_up", "thresholds", "certificate"}) {
      json[name] = nullptr;
      json[std::string(name) + "_reason"] = reason;
    }
    json["within_tolerance"] = Json::array();
    json["reasons"] = Json::array();
    for (const BrokenLimit& limit : result.reasons) {
      json["reasons"].push_back(
          {{"rule", limit.rule}, {"message", limit.message}, {"fix", limit.fix}});
    }
    if (result.fastest) json["fastest"] = result_json(problem, *result.fastest);
    json["excluded"] = excluded_json(problem, result.excluded);
    return json;
  }
  json["optimum"] = result_json(problem, *result.optimum);
  json["recommended"] = result_json(problem, *result.recommended);
  if (result.runner_up) {
    json["runner_up"] = result_json(problem, *result.runner_up);
  } else {
    json["runner_up"] = nullptr;
    json["runner_up_reason"] =
        problem.workload.tpot_limit
            ? "no other EP width, kernel or overlap mode meets slo.tpot"
            : "the search space has one EP width, kernel and overlap mode only";
  }
  json["within_tolerance"] = list_json(problem, result.within_tolerance);
  json["more_within_tolerance"] = result.more_within_tolerance;
  json["thresholds"] = thresholds_json(problem, thresholds);
  json["certificate"] = certificate_json(result.certificate);
  json["excluded"] = excluded_json(problem, result.excluded);
  return json;
}

std::string to_text(const Json& document) {
  // A kernel may be named in bytes that are no UTF-8.
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wideep
