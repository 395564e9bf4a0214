// Rows of TPOT: what each reader makes of a result in the form that its tool writes.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "input/diagnostic.h"
#include "logs/read_logs.h"
#include "support/folder.h"

namespace wideep::serving_test {
namespace {

using doctest::Approx;
using Words = std::vector<std::string>;

Measurements read(const std::string& text, const std::string& name = "result.json") {
  const Folder folder;
  return read_logs({folder.write(name, text)}, {});
}

/// What is wrong with a file, without its folder.
std::string error_of(const std::string& text, const std::string& name = "rows.csv") {
  const Folder folder;
  const std::string path = folder.write(name, text);
  try {
    read_logs({path}, {});
  } catch (const InputError& error) {
    std::string report = error.what();
    for (std::size_t at = 0; (at = report.find(path, at)) != std::string::npos;) {
      report.replace(at, path.size(), name);
    }
    return report;
  }
  return "";
}

Words reasons(const std::vector<LineReason>& reasons) {
  Words words;
  for (const LineReason& reason : reasons) {
    words.push_back(std::to_string(reason.lines) + " " + reason.why);
  }
  return words;
}

/// A disaggregated row, as process_result.py writes it; what is wrong with some is put in front of
/// what is right, where the first counts.
std::string inferencex(const std::string& first = "") {
  return "{\n" + first + R"("hw": "gb200", "conc": 2048,
 "image": "lmsysorg/sglang:v0.5.8", "model": "deepseek-ai/DeepSeek-R1-0528",
 "infmax_model_prefix": "dsr1", "framework": "dynamo-sglang", "precision": "fp8",
 "spec_decoding": "none", "disagg": true, "isl": 1024, "osl": 1024, "is_multinode": true,
 "prefill_tp": 8, "prefill_ep": 8, "prefill_dp_attention": "true", "prefill_num_workers": 2,
 "decode_tp": 32, "decode_ep": 32, "decode_dp_attention": "true", "decode_num_workers": 2,
 "num_prefill_gpu": 16, "num_decode_gpu": 64, "tput_per_gpu": 3000.1,
 "mean_ttft": 1.25, "median_ttft": 1.1, "mean_tpot": 0.0312, "mean_intvty": 32.05,
 "median_tpot": 0.0308})";
}

std::string without(std::string text, const std::string& part, const std::string& instead = "") {
  text.replace(text.find(part), part.size(), instead);
  return text;
}

TEST_SUITE("logs/serving") {
  TEST_CASE("a row of InferenceX says EP width, ranks and seconds") {
    const Measurements found = read("[" + inferencex() + "]\n");
    REQUIRE(found.steps.size() == 1);
    const StepSample& sample = found.steps.front();
    const StepSeries& series = found.step_series[sample.series];
    CHECK(series.engine == "dynamo-sglang");
    CHECK(series.model == "deepseek-ai/deepseek-r1-0528");
    CHECK(series.precision == "fp8");
    CHECK(series.device == "gb200");
    CHECK(series.kernel.empty());
    CHECK_FALSE(series.overlap);
    CHECK(series.speculative == false);
    CHECK(series.ep_width == 32);
    CHECK(series.ranks == 64);  // 2 workers
    CHECK(sample.batch == 0.0);
    CHECK(sample.concurrency == 2048.0);
    CHECK(sample.input_tokens == 1024.0);
    CHECK(sample.output_tokens == 1024.0);
    CHECK(sample.tpot / unit::ms == Approx(31.2));
    CHECK(sample.ttft / unit::ms == Approx(1250.0));
    CHECK(sample.place.line == 1);
    CHECK(found.files.front().formats == Words{"InferenceX rows"});
    CHECK(found.files.front().used == 1);
  }

  TEST_CASE("a row of the site's has its times in metrics, maybe of the median alone") {
    std::string row = without(inferencex(), "\"hw\"", "\"hardware\"");
    row = without(row, "\"spec_decoding\": \"none\"", "\"spec_method\": \"mtp\"");
    row = without(row,
                  "\"mean_ttft\": 1.25, \"median_ttft\": 1.1, \"mean_tpot\": 0.0312, ",
                  "\"metrics\": {\"median_tpot\": 0.03, \"median_ttft\": 1}, ");
    row = without(row, ",\n \"median_tpot\": 0.0308");
    const Measurements found = read("[" + row + "]");
    REQUIRE(found.steps.size() == 1);
    CHECK(found.step_series.front().device == "gb200");
    CHECK(found.step_series.front().speculative == true);
    CHECK(found.steps.front().tpot / unit::ms == Approx(30.0));
    CHECK(found.steps.front().ttft / unit::s == Approx(1.0));
    CHECK(found.files.front().notes ==
          Words{"TPOT is the median of the requests, where there is no mean"});
  }

  TEST_CASE("rows that the model does not describe are counted by reason") {
    const std::string good = inferencex();
    const Measurements found = read(
        "[" + good + ",\n" + without(good, "\"disagg\": true", "\"disagg\": false") + ",\n" +
        without(good, "\"decode_dp_attention\": \"true\"", "\"decode_dp_attention\": false") +
        ",\n" + without(good, "\"decode_ep\": 32", "\"decode_ep\": 8") + ",\n" +
        without(good, "\"decode_tp\": 32", "\"decode_tp\": 32, \"decode_pp\": 2") + ",\n" +
        without(good, "\"isl\": 1024", "\"scenario_type\": \"agentic-coding\"") + ",\n" +
        without(without(good, "\"mean_tpot\": 0.0312, "), ",\n \"median_tpot\": 0.0308") + "]\n");
    CHECK(found.steps.size() == 1);
    CHECK(reasons(found.files.front().skipped) ==
          Words{"1 prefill ran on the same ranks, and its time is in their TPOT",
                "1 attention is split by tensor parallelism",
                "1 an EP width other than the GPUs of a worker",
                "1 pipeline parallelism",
                "1 a replay of traces, whose requests differ in length"});
    CHECK(reasons(found.files.front().rejected) == Words{"1 a row without its TPOT or its GPUs"});
    // Rows that share a line are told apart all the same.
    std::string line = "[" + without(good, "\"disagg\": true", "\"disagg\": false") + "," +
                       without(good, "\"disagg\": true", "\"disagg\": false") + "," + good + "]";
    std::replace(line.begin(), line.end(), '\n', ' ');
    const Measurements dense = read(line);
    CHECK(dense.files.front().skipped.front().lines == 2);
    CHECK(dense.steps.front().place.line == 3);
    CHECK(error_of("[" + without(good, "\"disagg\": true", "\"disagg\": false") + "]", "a.json") ==
          "a.json: error: no measurement in this serving result\n"
          "      = help: passed over were 1 line from line 1 on: prefill ran on the same ranks, "
          "and its time is in their TPOT\n");
  }

  TEST_CASE("vLLM's result says means of its requests, and not who served") {
    const std::string result =
        R"({"date": "20260401-120000", "endpoint_type": "vllm", "backend": "vllm", )"
        R"("label": null, "model_id": "deepseek-ai/DeepSeek-V3", "num_prompts": 2048, )"
        R"("request_rate": "inf", "burstiness": 1.0, "max_concurrency": 512, )"
        R"("duration": 90.5, "completed": 2048, "failed": 0, "total_input_tokens": 2097152, )"
        R"("total_output_tokens": 1048576, "mean_ttft_ms": 900.5, "median_ttft_ms": 850.0, )"
        R"("mean_tpot_ms": 40.25, "median_tpot_ms": 40.0, "mean_itl_ms": 40.2})";
    for (const std::string& text : {result + "\n", without(result, "{", "{\n")}) {
      CAPTURE(text);
      const Measurements found = read(text);
      REQUIRE(found.steps.size() == 1);
      const StepSample& sample = found.steps.front();
      const StepSeries& series = found.step_series.front();
      CHECK(series.engine == "vllm");
      CHECK(series.model == "deepseek-ai/deepseek-v3");
      CHECK(series.ep_width == 0);
      CHECK(series.ranks == 0);
      CHECK_FALSE(series.speculative);  // not said
      CHECK(sample.concurrency == 512.0);
      CHECK(sample.input_tokens == 1024.0);
      CHECK(sample.output_tokens == 512.0);
      CHECK(sample.tpot / unit::ms == Approx(40.25));
      CHECK(sample.ttft / unit::ms == Approx(900.5));
      CHECK(found.files.front().formats == Words{"vLLM or SGLang serving benchmark"});
      CHECK(found.files.front().notes.size() == 1);
    }
    const auto one = [&](const std::string& part, const std::string& instead) {
      const Measurements found = read(result + "\n" + without(result, part, instead) + "\n");
      CHECK(found.steps.size() == 1);
      const LogFile& file = found.files.front();
      return file.skipped.empty() ? file.rejected.front().why : file.skipped.front().why;
    };
    CHECK(one("\"max_concurrency\": 512", "\"max_concurrency\": null") ==
          "requests that came at a rate or all at once: how many were served at a time is not "
          "known");
    CHECK(one("\"inf\"", "4.0").starts_with("requests that came at a rate"));
    CHECK(one("\"completed\": 2048", "\"completed\": 256") ==
          "fewer requests than its concurrency");
    CHECK(one("\"completed\": 2048", "\"completed\": 0") ==
          "a result without requests that were completed, or their tokens");
    CHECK(one("\"mean_tpot_ms\": 40.25", "\"mean_tpot_ms\": 0") ==
          "a time or a bandwidth that is not above 0");
    CHECK(read(without(result, "\"failed\": 0", "\"spec_decode_acceptance_length\": 1.8"))
              .step_series.front()
              .speculative == true);
  }

  TEST_CASE("SGLang appends a line a run, with the concurrency that it saw") {
    const std::string line =
        R"({"tag": null, "backend": "sglang-oai", "request_rate": 8.0, "max_concurrency": null, )"
        R"("completed": 1000, "total_input_tokens": 1000000, "total_output_tokens": 500000, )"
        R"("mean_ttft_ms": 500, "mean_tpot_ms": 30, "concurrency": 120.5, "accept_length": 2.4})";
    const Measurements found = read(line + "\n" + line + "\n", "results.jsonl");
    REQUIRE(found.steps.size() == 2);
    CHECK(found.step_series.size() == 1);
    CHECK(found.step_series.front().engine == "sglang");
    CHECK(found.step_series.front().speculative == true);
    CHECK(found.steps[1].concurrency == 120.5);
    CHECK(found.steps[1].place.line == 2);
  }

  TEST_CASE("AIPerf's units are its own, its concurrency in either form of its configuration") {
    const std::string result = R"({
  "schema_version": "1.5",
  "request_count": {"unit": "requests", "avg": 640.0},
  "time_to_first_token": {"unit": "ms", "avg": 700.5, "p99": 900.0, "count": 640},
  "inter_token_latency": {"unit": "ms", "avg": 25.5, "p99": 27.0, "count": 640},
  "input_sequence_length": {"unit": "tokens", "avg": 2000.5},
  "output_sequence_length": {"unit": "tokens", "avg": 400.0},
  "input_config": {"endpoint": {"model_names": ["deepseek-ai/DeepSeek-V3"]},
                   "loadgen": {"concurrency": 64}},
  "was_cancelled": false
}
)";
    Measurements found = read(result);
    REQUIRE(found.steps.size() == 1);
    CHECK(found.step_series.front().model == "deepseek-ai/deepseek-v3");
    CHECK(found.steps.front().concurrency == 64.0);
    CHECK(found.steps.front().input_tokens == 2000.5);
    CHECK(found.steps.front().output_tokens == 400.0);
    CHECK(found.steps.front().tpot / unit::ms == Approx(25.5));
    CHECK(found.steps.front().ttft / unit::ms == Approx(700.5));
    CHECK(found.files.front().formats == Words{"AIPerf results"});
    std::string phases = without(result,
                                 "\"loadgen\": {\"concurrency\": 64}",
                                 "\"phases\": [{\"name\": \"warmup\", \"concurrency\": 1}, "
                                 "{\"name\": \"profiling\", \"concurrency\": 32}]");
    phases = without(phases, "{\"unit\": \"ms\", \"avg\": 25.5", "{\"unit\": \"s\", \"avg\": 0.02");
    phases = without(phases, "\"model_names\": [\"deepseek-ai/DeepSeek-V3\"]", "\"urls\": []");
    phases = without(phases, "\"was_cancelled\"", "\"models\": {}, \"was_cancelled\"");
    found = read(phases);
    REQUIRE(found.steps.size() == 1);
    CHECK(found.steps.front().concurrency == 32.0);
    CHECK(found.steps.front().tpot / unit::ms == Approx(20.0));
    CHECK(error_of(without(result, "false", "true"), "a.json").find("a run that was cancelled") !=
          std::string::npos);
  }

  TEST_CASE("a table of one's own has documented columns") {
    const Measurements found = read(
        "engine,ep_width,kernel,overlap,batch,isl,osl,tpot_ms,ttft_s,comment\n"
        "vLLM,32,LL,dbo,64,1024,512.5,31.5,1.2,first\n"
        "vLLM,32,LL,none,128,1024,512.5,45,,\n"
        "vLLM,32,LL,chunk,128,1024,512.5,45,,\n"
        "vLLM,32,LL,none,,1024,512.5,45,,\n",
        "rows.csv");
    REQUIRE(found.steps.size() == 2);
    const StepSample& sample = found.steps.front();
    const StepSeries& series = found.step_series[sample.series];
    CHECK(series.engine == "vllm");
    CHECK(series.kernel == "LL");
    CHECK(series.overlap == Overlap::kDbo);
    CHECK(series.ep_width == 32);
    CHECK(sample.batch == 64.0);
    CHECK(sample.output_tokens == 512.5);
    CHECK(sample.tpot / unit::ms == Approx(31.5));
    CHECK(sample.ttft / unit::s == Approx(1.2));
    CHECK(found.steps[1].ttft == Seconds(0.0));
    CHECK(reasons(found.files.front().rejected) ==
          Words{"1 'overlap' is not none or dbo",
                "1 nothing says how many requests were served at a time"});
    CHECK(found.files.front().notes == Words{"columns that are not used: 'comment'"});
  }

  TEST_CASE("what is wrong with its header is said with its place, and what was meant") {
    CHECK(error_of("tpot,batch,isl\n30,64,1024\n") ==
          "rows.csv:1:1: error: column 'tpot' has no unit\n"
          "    1 | tpot,batch,isl\n"
          "      | ^\n"
          "      = help: call it tpot_ms\n");
    CHECK(error_of("tpot_ms,bach,isl\n30,64,1024\n") ==
          "rows.csv:1:1: error: this table of steps lacks the column 'batch'\n"
          "    1 | tpot_ms,bach,isl\n"
          "      | ^\n"
          "      = help: 'bach' could be 'batch'\n");
    CHECK(error_of("{\"mean_tpot_ms\": [}\n", "a.json").find("a.json:1:1: error") == 0);
  }
}

}  // namespace
}  // namespace wideep::serving_test
