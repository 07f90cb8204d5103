// V_rand, the challenge's first measure since 2016 (Arganda-Carreras et al. 2015).
#include "metrics/metric.hpp"
#include "metrics/rand_sums.hpp"

namespace unetflow::metric {

Metric v_rand() {
  return {.key = "v_rand",
          .name = "V_rand",
          .description =
              "Rand score of the thinned segmentation within the truth's foreground, "
              "mean over images; 1 is perfect.",
          .larger_is_better = true,
          .headline = true,
          .last_threshold = 1,
          .of_probabilities = true,
          .measure = [](const ImageAtThreshold& image) -> Counts {
            return score_of_image(rand_sums(image.thinned).score());
          },
          .value = mean_of};
}

}  // namespace unetflow::metric
