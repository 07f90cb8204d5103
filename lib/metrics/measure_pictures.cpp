#include "metrics/measure_pictures.hpp"

#include <tbb/global_control.h>
#include <tbb/parallel_pipeline.h>

#include <memory>
#include <utility>

namespace unetflow {

std::vector<PictureMeasures> measure_pictures(
    const Metrics& metrics, std::size_t count,
    const std::function<PredictedPicture(std::size_t)>& read, int threads,
    const std::function<void()>& done) {
  struct Job {
    size_t number = 0;
    std::shared_ptr<PredictedPicture> picture;
  };
  std::vector<PictureMeasures> measures(count);
  size_t next = 0;
  const tbb::global_control allowed(tbb::global_control::max_allowed_parallelism,
                                    static_cast<size_t>(threads));
  tbb::parallel_pipeline(
      static_cast<size_t>(threads) + 1,
      tbb::make_filter<void, Job>(
          tbb::filter_mode::serial_in_order,
          [&](tbb::flow_control& control) -> Job {
            if (next == count) {
              control.stop();
              return {};
            }
            const size_t number = next++;
            return {number, std::make_shared<PredictedPicture>(read(number))};
          }) &
          tbb::make_filter<Job, void>(tbb::filter_mode::parallel, [&](const Job& job) {
            measures[job.number] = measure_picture(metrics, std::move(*job.picture));
            done();
          }));
  return measures;
}

}  // namespace unetflow
