#include "input/check_files.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "input/diagnostic.h"
#include "support/folder.h"

namespace wideep::check_files_test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWorkload =
    "model: ./model.yaml\nfabric: ./fabric.yaml\ntokens_per_rank: 64\nexpert_load: T*k\n"
    "context: 4096\ndtype: fp8\nstraggler_factor: 1.1\n";

/// Every fault, "rule file-name:line message | fix" each, of a check that finds some.
std::vector<std::string> faults_of(const CheckRequest& request) {
  try {
    check_files(request);
  } catch (const InputError& error) {
    std::vector<std::string> faults;
    for (const auto& [rule, file, line, message, fix, column] : error.faults()) {
      CHECK(column.has_value() == line.has_value());
      std::string fault = rule;
      fault.append(" ").append(fs::path(file).filename().string());
      if (line) fault.append(":").append(std::to_string(*line));
      fault.append(" ").append(message);
      if (!fix.empty()) fault.append(" | ").append(fix);
      faults.push_back(std::move(fault));
    }
    return faults;
  }
  return {};
}

std::string text_of(const CheckRequest& request) {
  try {
    check_files(request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_SUITE("input/check_files") {
  TEST_CASE("A file that only starts from a preset is of the preset's kind") {
    const Folder folder;
    const auto kind = [&](const char* text) {
      return check_files({.files = {folder.write("one.yaml", text)}}).front().kind;
    };
    CHECK(kind("preset: h100-ib400\n") == FileKind::kFabric);
    CHECK(kind("preset: h100-ib400\ngpu: {memory: 96GB}\n") == FileKind::kFabric);
    CHECK(kind("preset: deepseek-v3\ntop_k: 4\n") == FileKind::kModel);
    CHECK(kind("preset: h100-sxm\nmemory: 96GB\n") == FileKind::kGpu);
    CHECK(kind("preset: deepep-ll-h100-cx7\nmax_tokens_per_rank: 512\n") == FileKind::kKernel);
    CHECK(faults_of({.files = {folder.write("one.yaml", "preset: h100-ib40\n")}}) ==
          std::vector<std::string>{"bad_input one.yaml:1 no fabric preset is called 'h100-ib40' | "
                                   "did you mean 'h100-ib400'?"});
  }

  TEST_CASE("Such a file is taken where another names it") {
    const Folder folder;
    const std::string model = folder.write("model.yaml", "preset: deepseek-v3\ntop_k: 4\n");
    const std::string fabric = folder.write("fabric.yaml", "preset: h100-ib400\n");
    const std::string workload = folder.write("workload.yaml", kWorkload);
    const auto files = check_files({.files = {workload, model, fabric}});
    REQUIRE(files.front().problem.has_value());
    CHECK(files.front().problem->workload.model.top_k == 4);
    CHECK(files.front().problem->fabric.gpu->sms == 132);
  }

  TEST_CASE("--set is applied to each kind of file that has the key, and is an error elsewhere") {
    const Folder folder;
    const std::string gpu = folder.write("gpu.yaml", "sms: 132\n");
    const std::string search = folder.write("search.yaml", "ep_width: [8]\n");
    const std::string model = folder.write("model.yaml", "hidden_size: 7168\ntop_k: 8\n");
    const std::string kernel =
        folder.write("XT.yaml", "latency: 1us\nbandwidth: 40GB/s\nsms: [8]\n");
    const std::string fabric = folder.write("fabric.yaml", "preset: h100-ib400\n");
    const auto fault = [](const std::string& file, const std::string& set) {
      const auto faults = faults_of({.files = {file}, .set = {set}});
      return faults.size() == 1 ? faults.front() : "";
    };
    CHECK(fault(gpu, "gpu.sms=0") == "bad_input --set:1 'gpu.sms' must be from 1 to 4,096");
    CHECK(fault(gpu, "sms=0") == "bad_input --set:1 'gpu.sms' must be from 1 to 4,096");
    CHECK(fault(fabric, "gpu.sms=0") == "bad_input --set:1 'gpu.sms' must be from 1 to 4,096");
    CHECK(fault(search, "search.ep_width=0") ==
          "bad_input --set:1 'ep_width' must be from 1 to 16,384");
    CHECK(fault(search, "ep_width=0") == "bad_input --set:1 'ep_width' must be from 1 to 16,384");
    CHECK(fault(model, "top_k=0").starts_with("bad_input --set:1 'top_k' must be from 1"));
    CHECK(fault(model, "model.top_k=0").starts_with("bad_input --set:1 'top_k' must be from 1"));
    CHECK(fault(kernel, "kernels.XT.latency=1").starts_with("bad_input --set:1 'kernels.kernel"));
    CHECK(fault(kernel, "latency=1").starts_with("bad_input --set:1 'kernels.kernel.latency'"));
    CHECK(fault(gpu, "tokens_per_rank=8") ==
          "bad_input --set:1 'tokens_per_rank' is of a workload, and none is given");
    CHECK(fault(model, "gpu.sms=8") == "bad_input --set:1 'gpu' is of a fabric, and none is given");
    CHECK(fault(kernel, "kernels.LL.latency=1us") ==
          "bad_input --set:1 'kernels' is of a fabric, and none is given");
    CHECK(faults_of({.files = {gpu, search}, .set = {"gpu.sms=80", "search.ep_width=16"}}).empty());
  }

  TEST_CASE("Files that cannot be used come as faults with their rule and line, all of them") {
    const Folder folder;
    const auto faults = faults_of(
        {.files = {
             folder.write("broken.yaml", "top_k: [1\n"),
             "/nowhere/absent.yaml",
             folder.write("gpu.yaml",
                          "hbm_bandwidth: 3TB/s\nflop_rate: {bf16: 1TFLOP/s}\nsms: 0\nsmz: 1\n")}});
    REQUIRE(faults.size() == 4);
    CHECK(faults[0] ==
          "unreadable_file absent.yaml cannot read the file: No such file or directory");
    CHECK(faults[1].starts_with("not_yaml broken.yaml:2 not YAML: "));
    CHECK(faults[2] == "bad_input gpu.yaml:3 'gpu.sms' must be from 1 to 4,096");
    CHECK(faults[3] == "bad_input gpu.yaml:4 unknown key 'gpu.smz' | did you mean 'sms'?");
  }

  TEST_CASE("A read that fails is no end of the file") {
    // The first page of one's own memory cannot be read: EIO.
    if (!fs::exists("/proc/self/mem")) {
      MESSAGE("skipped: no /proc/self/mem here");
      return;
    }
    CHECK(faults_of({.files = {"/proc/self/mem"}, .root = "/proc"}) ==
          std::vector<std::string>{"unreadable_file mem cannot read the file: Input/output error"});
  }
}

TEST_SUITE("input/root") {
  TEST_CASE("Files outside the folder of the one that names them are refused unread") {
    const Folder folder;
    const std::string secret = folder.write("secret.csv", "names\nhunter2\n");
    fs::create_directory(fs::path(secret).parent_path() / "sub");
    const std::string base =
        "model: deepseek-v3\nfabric: h100-ib400\ntokens_per_rank: 64\nexpert_load: T*k\n"
        "context: 4096\ndtype: fp8\n";
    const std::string counts =
        folder.write("sub/w.yaml", base + "straggler_factor: {counts: ../secret.csv}\n");
    const auto outside = faults_of({.files = {counts}});
    REQUIRE(outside.size() == 1);
    CHECK(outside.front().starts_with("outside_root secret.csv the file lies outside the folder"));
    // Inside the root it is read, and is no table: its lines are still not shown.
    const std::string root = fs::path(counts).parent_path().parent_path().string();
    const std::string text = text_of({.files = {counts}, .root = root});
    CHECK(text.find("secret.csv:2:1: error: this is not a finite number") != std::string::npos);
    CHECK(text.find("hunter2") == std::string::npos);

    const std::string link = (fs::path(counts).parent_path() / "link.csv").string();
    fs::create_symlink("../secret.csv", link);
    const std::string linked =
        folder.write("sub/w.yaml", base + "straggler_factor: {counts: link.csv}\n");
    CHECK(faults_of({.files = {linked}}).front().starts_with("outside_root link.csv"));

    for (const char* key : {"model: ../secret.yaml\n", "fabric: ../secret.yaml\n"}) {
      static_cast<void>(folder.write("secret.yaml", "password: hunter2\n"));
      const std::string named = folder.write("sub/w.yaml", std::string(key) + "top_k: 8\n");
      CHECK(faults_of({.files = {named}}).front().starts_with("outside_root secret.yaml"));
      const std::string shown = text_of({.files = {named}, .root = root});
      CHECK(shown.find("secret.yaml:1:1: error: this is no ") != std::string::npos);
      CHECK(shown.find("hunter2") == std::string::npos);
      CHECK(shown.find("password") == std::string::npos);
    }
  }

  TEST_CASE("A checked file that is a link to elsewhere is refused too, and a pipe is not") {
    const Folder folder;
    const std::string gpu = folder.write("gpu.yaml", "sms: 132\n");
    const fs::path sub = fs::path(gpu).parent_path() / "sub";
    fs::create_directory(sub);
    fs::create_symlink("../gpu.yaml", sub / "link.yaml");
    const std::string link = (sub / "link.yaml").string();
    CHECK(faults_of({.files = {link}}).front().starts_with("outside_root link.yaml"));
    CHECK(faults_of({.files = {link}, .root = sub.parent_path().string()}).empty());
  }
}

}  // namespace
}  // namespace wideep::check_files_test
