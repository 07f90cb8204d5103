#include "metrics/paired_difference.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace unetflow {
namespace {

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
}

/// The mean over some of the images of each seed.
std::vector<double> seed_means(const SeedValues& of, const std::vector<size_t>& images) {
  std::vector<double> means;
  for (const auto& seed : of) {
    double sum = 0;
    for (const size_t i : images) sum += seed[i];
    means.push_back(sum / static_cast<double>(images.size()));
  }
  return means;
}

double image_mean(const SeedValues& of, size_t image) {
  double sum = 0;
  for (const auto& seed : of) sum += seed[image];
  return sum / static_cast<double>(of.size());
}

double range_of(const std::vector<double>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return *most - *least;
}

}  // namespace

PairedDifference paired_difference(const BootstrapConfig& config, const SeedValues& first,
                                   const SeedValues& second) {
  const auto defined = [](const SeedValues& of, size_t image) {
    return std::none_of(of.begin(), of.end(),
                        [&](const auto& seed) { return std::isnan(seed[image]); });
  };
  std::vector<size_t> images;
  for (size_t i = 0; i < first.at(0).size(); ++i) {
    if (defined(first, i) && defined(second, i)) images.push_back(i);
  }
  const double none = std::nan("");
  PairedDifference result{{none, none}, none, {none, none}, none, images.size(), {}};
  if (images.empty()) {
    result.doubt = "no image has a value";
    return result;
  }
  const auto first_means = seed_means(first, images), second_means = seed_means(second, images);
  result.mean = {mean_of(first_means), mean_of(second_means)};
  result.difference = result.mean[1] - result.mean[0];
  result.spread = std::max(range_of(first_means), range_of(second_means));
  std::vector<double> differences;
  for (const size_t i : images) differences.push_back(image_mean(second, i) - image_mean(first, i));
  result.interval = bootstrap_interval(config, images.size(), [&](auto drawn) {
    double sum = 0;
    for (const size_t i : drawn) sum += differences[i];
    return sum / static_cast<double>(drawn.size());
  });
  if (images.size() < 2) {
    result.doubt = "one image";
  } else if (first.size() < 2 || second.size() < 2) {
    result.doubt = "one seed tells no spread";
  } else if (result.interval[0] <= 0 && result.interval[1] >= 0) {
    result.doubt = "the interval holds 0";
  } else if (std::abs(result.difference) <= result.spread) {
    result.doubt = "within the seeds' spread";
  }
  return result;
}

}  // namespace unetflow
