// The module _wideep, on which python/wideep/_ask.py rests.
#include <fast_float/fast_float.h>
#include <map>
#include <optional>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <string>
#include <tuple>
#include <vector>

#include "cli/run.h"
#include "input/given_texts.h"
#include "sweep_rows.h"

namespace py = pybind11;

namespace wideep {
namespace {

/// A command's exit code, what it printed, and what it said beside that.
std::tuple<int, std::string, std::string> run_command(
    const std::vector<std::string>& arguments, const std::map<std::string, std::string>& texts) {
  const py::gil_scoped_release free;
  const GivenTexts given(texts);
  Kept kept;
  const ExitCode code = run(arguments);
  return {static_cast<int>(code), kept.printed, kept.complained};
}

/// A number where the text is one, whole where it has no point; None where it is empty.
py::object value_of(std::string_view text) {
  if (text.empty()) return py::none();
  double number = 0.0;
  const char* const end = text.data() + text.size();
  const auto [read, error] = fast_float::from_chars(text.data(), end, number);
  if (error != std::errc{} || read != end) return py::str(text.data(), text.size());
  const bool whole = text.find_first_of(".eE") == std::string_view::npos;
  return whole ? py::object(py::int_(static_cast<long long>(number))) : py::float_(number);
}

/// Lines of values as dicts.
py::list dicts_of(const std::string& rows, const std::vector<py::str>& names) {
  py::list list;
  std::size_t from = 0;
  while (from < rows.size()) {
    py::dict row;
    for (std::size_t column = 0; column < names.size(); ++column) {
      const std::size_t end = rows.find(column + 1 == names.size() ? '\n' : ',', from);
      row[names[column]] = value_of(std::string_view(rows).substr(from, end - from));
      from = end + 1;
    }
    list.append(row);
  }
  return list;
}

class Sweep {
 public:
  Sweep(const std::map<std::string, std::string>& texts,
        const ProblemFiles& files,
        const std::vector<std::string>& axes,
        bool optimum,
        int threads)
      : rows_(texts, files, axes, optimum, threads) {
    const py::gil_scoped_acquire held;
    for (const std::string& name : rows_.columns()) names_.emplace_back(name);
  }

  [[nodiscard]] std::uint64_t points() const { return rows_.points(); }

  /// The next rows; none at the end.
  py::list next() {
    std::string rows;
    {
      const py::gil_scoped_release free;
      rows = rows_.next();
    }
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    return dicts_of(rows, names_);
  }

 private:
  SweepRows rows_;
  std::vector<py::str> names_;
};

/// Faults as tuples: rule, file, line, column, message, fix.
py::list faults_of(const InputError& error) {
  py::list faults;
  for (const InputFault& fault : error.faults()) {
    faults.append(
        py::make_tuple(fault.rule, fault.file, fault.line, fault.column, fault.message, fault.fix));
  }
  return faults;
}

}  // namespace
}  // namespace wideep

// NOLINTNEXTLINE: names and casts of the library's own
PYBIND11_MODULE(_wideep, module) {
  using namespace wideep;
  module.attr("version") = WIDEEP_VERSION;
  // NOLINTNEXTLINE(performance-unnecessary-value-param): the library wants this type
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const InputError& error) {
      try {
        py::module_::import("wideep._ask").attr("raise_by_module")(error.what(), faults_of(error));
      } catch (py::error_already_set& set) {
        set.restore();
      }
    }
  });
  module.def("run", run_command);
  py::class_<Sweep>(module, "Sweep")
      .def(py::init([](const std::map<std::string, std::string>& texts,
                       const std::string& workload,
                       const std::optional<std::string>& fabric,
                       const std::optional<std::string>& search,
                       const std::vector<std::string>& set,
                       const std::vector<std::string>& axes,
                       bool optimum,
                       int threads) {
        const py::gil_scoped_release free;
        const ProblemFiles files{
            .workload = workload, .fabric = fabric, .search = search, .set = set};
        return std::make_unique<Sweep>(texts, files, axes, optimum, threads);
      }))
      .def("points", &Sweep::points)
      .def("next", &Sweep::next);
}
