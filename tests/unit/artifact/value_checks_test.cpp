#include "artifact/value_checks.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <limits>

#include "core/error.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

auto refused(const std::string& message) {
  return ThrowsMessage<InputError>(HasSubstr("PLACE: " + message));
}

TEST(CheckFinite, NamesTheFirstValueThatIsNot) {
  std::vector<float> values(1000, std::numeric_limits<float>::max());
  EXPECT_NO_THROW(check_finite(values, "PLACE"));
  for (const float wrong : {kNan, kInfinity, -kInfinity}) {
    values[700] = wrong;
    EXPECT_THAT([&] { check_finite(values, "PLACE"); },
                refused(fmt::format("has the value {} at number 700", wrong)));
  }
}

TEST(CheckNotNegative, NamesTheLeast) {
  EXPECT_NO_THROW(check_not_negative(std::vector<float>{0, 1, 12}, "PLACE"));
  EXPECT_THAT(
      [] {
        check_not_negative(std::vector<float>{0, -1, 12}, "PLACE");
      },
      refused("has the value -1, expected none below 0"));
  EXPECT_THAT([] { check_not_negative(std::vector<float>{kNan}, "PLACE"); },
              refused("has the value nan"));
}

TEST(CheckClasses, NamesTheLargest) {
  const std::vector<std::uint8_t> label = {0, 1, 2};
  EXPECT_NO_THROW(check_classes(label, 3, "PLACE"));
  EXPECT_THAT([&] { check_classes(label, 2, "PLACE"); },
              refused("has the class 2, expected ids below 2"));
}

TEST(CheckProbabilities, NamesThePixel) {
  Picture<float> picture(2, 2, 3);
  picture.values.back() = 1.00001f;
  EXPECT_NO_THROW(check_probabilities(picture, "PLACE"));
  for (const float wrong : {-0.5f, 1.5f, kNan, kInfinity}) {
    picture.values[6 + 5] = wrong;
    EXPECT_THAT([&] { check_probabilities(picture, "PLACE"); },
                refused(fmt::format("has the value {} at y = 1, x = 2", wrong)));
  }
}

}  // namespace
}  // namespace unetflow
