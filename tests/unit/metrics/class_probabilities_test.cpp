#include "metrics/class_probabilities.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

template <class T>
PicturePage channels(Index count, std::vector<T> values) {
  Picture<T> picture(count, 1, static_cast<Index>(values.size()) / count);
  picture.values = std::move(values);
  return {.values = std::move(picture)};
}

void refuses(const PicturePage& page, Index background, const std::string& message) {
  EXPECT_THAT([&] { class_probabilities(page, background, "p.h5"); },
              ThrowsMessage<InputError>(HasSubstr("p.h5: " + message)));
}

TEST(ClassProbabilities, AreForegroundButForTheBackgrounds) {
  const auto page = channels<float>(2, {0.25F, 1, 0.75F, 0});
  EXPECT_THAT(class_probabilities(page, 0, "p").foreground.values, ElementsAre(0.75F, 0));
  EXPECT_THAT(class_probabilities(page, 1, "p").foreground.values, ElementsAre(0.25F, 1));
}

TEST(ClassProbabilities, GiveTheMostProbableClassButBackground) {
  const auto page = channels<float>(3, {0.8F, 0.1F, 0.15F, 0.5F, 0.05F, 0.4F});
  EXPECT_THAT(class_probabilities(page, 0, "p").classes.values, ElementsAre(1, 1));
  EXPECT_THAT(class_probabilities(page, 1, "p").classes.values, ElementsAre(1, 2));
}

TEST(ClassProbabilities, MayBeIntegersOfTheirScale) {
  const auto page = channels<std::uint8_t>(2, {51, 255, 204, 0});
  EXPECT_THAT(class_probabilities(page, 0, "p").foreground.values,
              Pointwise(FloatNear(1e-6F), {0.8F, 0.F}));
}

TEST(ClassProbabilities, AddUpTo1InAChannelForEachClass) {
  refuses(channels<float>(2, {0.5F, 0.5F, 0.5F, 0.7F}), 0,
          "has probabilities that add up to 1.200 at y = 0, x = 1");
  refuses(channels<float>(2, {0.5F, 0.5F}), 2,
          "has 2 channels, expected a channel for each of 2 to");
  refuses(channels<float>(1, {1, 1}), 0, "has 1 channel, expected a channel for each of");
  refuses(channels<float>(2, {1.5F, -0.5F}), 0, "");
}

}  // namespace
}  // namespace unetflow
