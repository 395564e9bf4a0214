#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "page/scenario.h"

namespace wideep {

/// Adds --html, which also writes a page in which the answer can be moved.
void add_html(CLI::App& command, std::string& path);

/// Refuses a path where the program was built without the page, before anything is computed. Throws
/// InputError; an empty path is none.
void check_html(const std::string& path);

/// Writes the page of a question there and says so; does nothing where the path is empty.
void write_html(const std::string& path, const ProblemFiles& files, const PageStart& start);

}  // namespace wideep
