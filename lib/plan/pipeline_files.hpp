// A plan as the files of a pipeline's folder, in which each choice has its reason as a comment.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "plan/plan.hpp"

namespace unetflow {

/// File name -> text, for a pipeline whose pictures are below `source`. Configurations hold what is
/// chosen; what is not named keeps its default.
std::map<std::string, std::string> pipeline_files(const Fingerprint& data, const Machine& machine,
                                                  const Plan& plan, double minutes,
                                                  const std::string& source);

/// Throws InputError where a pipeline cannot be called so, or something has this name already.
void check_pipeline_folder(const std::filesystem::path& folder);

/// Writes all files or none of them; the folder appears whole. Throws InputError where there is one
/// of this name by now.
void write_pipeline(const std::filesystem::path& folder,
                    const std::map<std::string, std::string>& files);

}  // namespace unetflow
