#include <exception>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/run.h"
#include "input/diagnostic.h"

int main(int argc, char** argv) {
  try {
    return static_cast<int>(wideep::run({argv + 1, argv + argc}));
  } catch (const wideep::InputError& error) {
    wideep::complain(error.what());
    return static_cast<int>(wideep::ExitCode::kBadInput);
  } catch (const std::exception& error) {
    wideep::complain(fmt::format("wideep-opt: internal error: {}\n", error.what()));
  } catch (...) {
    wideep::complain("wideep-opt: internal error\n");
  }
  return static_cast<int>(wideep::ExitCode::kInternalError);
}
