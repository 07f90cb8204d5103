// Evaluations beside each other: rows {"name": NAME, KEY: value, ...}, KEYs as in metrics.json.
#pragma once

#include <string>
#include <vector>

#include "artifact/manifest.hpp"
#include "core/config.hpp"
#include "metrics/summary.hpp"

namespace unetflow {

struct NamedEvaluation {
  std::string name;
  Manifest manifest;
};

/// Evaluations given as NAME=MANIFEST, as `option` takes them. Throws InputError.
std::vector<NamedEvaluation> read_named_evaluations(const std::string& option,
                                                    const std::vector<std::string>& given);

/// The row of another evaluation's metrics.json, and of results.
Json comparison_row(const std::string& name, const Json& metrics_json);
Json comparison_row(const std::string& name, const std::vector<MetricResult>& metrics);

/// The rows "mean", "lowest" and "highest" of these rows, of each KEY that all of them have.
Json spread_rows(const Json& rows);
/// The row "standard deviation" of these rows, two or more, of each KEY that all of them have.
Json deviation_row(const Json& rows);

}  // namespace unetflow
