// The one place that starts gnuplot.
#pragma once

#include <string>
#include <string_view>

#include "core/scratch_folder.hpp"

namespace unetflow {

/// Runs a gnuplot script inside `folder`, without the settings of the user. `subject` is what it
/// draws, such as "figure results". Throws Error with gnuplot's reason when it is not installed or
/// fails.
void run_gnuplot(const ScratchFolder& folder, std::string_view script, const std::string& subject);

/// `text` as a gnuplot string, which is taken literally; control characters are shown as escapes.
std::string gnuplot_string(std::string_view text);

}  // namespace unetflow
