#include "sample/resample.hpp"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <set>

#include "core/random.hpp"
#include "every_target.hpp"
#include "image/mirror.hpp"
#include "sample/elastic_field.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;

Picture<float> random_picture(Index height, Index width, std::uint64_t key) {
  Picture<float> picture(height, width);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = static_cast<float>(random_uniform(key, i));
  }
  return picture;
}

/// Displacements up to `reach` px of a picture, rows padded.
Picture<float> random_displacements(Index height, Index width, double reach, std::uint64_t key) {
  auto d = random_picture(height, round_up(width, kLanes), key);
  for (auto& value : d.values) value = static_cast<float>(reach * (2 * double{value} - 1));
  return d;
}

struct Place {
  double y, x;
};

/// Where out pixel (y, x) samples, by the definition.
Place place(const RigidMotion& motion, const Picture<float>& dy, const Picture<float>& dx, Index y,
            Index x, Index height, Index width) {
  const double cy = static_cast<double>(height - 1) / 2, cx = static_cast<double>(width - 1) / 2;
  const double v = static_cast<double>(y) - cy, u = static_cast<double>(x) - cx;
  return {cy + motion.cosine * v + motion.sine * u + motion.shift_y + dy.plane()(y, x),
          cx - motion.sine * v + motion.cosine * u + motion.shift_x + dx.plane()(y, x)};
}

double bilinear(Plane<const float> source, Place at) {
  const double y0 = std::floor(at.y), x0 = std::floor(at.x);
  const auto pixel = [&](double y, double x) {
    return double{source(mirror_index(static_cast<Index>(y), source.height),
                         mirror_index(static_cast<Index>(x), source.width))};
  };
  const double sy = at.y - y0, sx = at.x - x0;
  return (1 - sy) * ((1 - sx) * pixel(y0, x0) + sx * pixel(y0, x0 + 1)) +
         sy * ((1 - sx) * pixel(y0 + 1, x0) + sx * pixel(y0 + 1, x0 + 1));
}

Picture<float> resampled(const Picture<float>& source, const RigidMotion& motion,
                         const Picture<float>& dy, const Picture<float>& dx) {
  Picture<float> out(source.height, source.width);
  CoordinateRow row;
  ResampleWorkspace workspace;
  for (Index y = 0; y < out.height; ++y) {
    map_coordinates(motion, dy.plane().row(y), dx.plane().row(y), y, out.height, out.width, row);
    resample(source.plane(), row, out.width, out.plane().row(y), workspace);
  }
  return out;
}

TEST(Resample, AtNoDisplacementGivesThePictureBack) {
  for (const Index width : {1, 7, 64, 130}) {
    const auto picture = random_picture(40, width, 3);
    const Picture<float> none(40, round_up(width, kLanes));
    EXPECT_EQ(resampled(picture, {}, none, none).values, picture.values);
  }
}

TEST(Resample, ShiftsByWholePixelsExactlyAndReflectsWithTheEdgeRepeated) {
  Picture<float> picture(1, 5);
  picture.values = {1, 2, 3, 4, 5};
  const Picture<float> none(1, kLanes);
  EXPECT_THAT(resampled(picture, {1, 0, 0, 2}, none, none).values, ElementsAre(3, 4, 5, 5, 4));
  EXPECT_THAT(resampled(picture, {1, 0, 0, -7}, none, none).values, ElementsAre(4, 5, 5, 4, 3));
  EXPECT_THAT(resampled(picture, {1, 0, 1, 0.25}, none, none).values,
              ElementsAre(1.25f, 2.25f, 3.25f, 4.25f, 5));
}

TEST(Resample, AgreesWithTheDefinition) {
  const double cosine = std::cos(0.3), sine = std::sin(0.3);
  for (const double reach : {0.9, 12.0, 300.0}) {
    for (const auto& [height, width] :
         std::vector<std::pair<Index, Index>>{{1, 1}, {2, 3}, {50, 71}, {33, 128}}) {
      const auto picture = random_picture(height, width, 1);
      const auto dy = random_displacements(height, width, reach, 2);
      const auto dx = random_displacements(height, width, reach, 3);
      const RigidMotion motion{cosine, sine, 1.5, -2.25};
      const auto out = resampled(picture, motion, dy, dx);
      for (Index y = 0; y < height; ++y) {
        for (Index x = 0; x < width; ++x) {
          const auto at = place(motion, dy, dx, y, x, height, width);
          ASSERT_NEAR(out.plane()(y, x), bilinear(picture.plane(), at), 1e-6 * (10 + 20 * reach));
        }
      }
    }
  }
}

struct Labels {
  Picture<std::uint8_t> label;
  Picture<std::uint32_t> instances;
};

/// The label in the middle of a map of [height, width].
Labels resampled(const Labels& source, Index height, Index width, const RigidMotion& motion,
                 const Picture<float>& dy, const Picture<float>& dx) {
  Labels out = source;
  const Index margin_y = (height - source.label.height) / 2;
  const Index margin_x = (width - source.label.width) / 2;
  CoordinateRow row;
  ResampleWorkspace workspace;
  for (Index y = 0; y < source.label.height; ++y) {
    const Index map_y = y + margin_y;
    map_coordinates(motion, dy.plane().row(map_y), dx.plane().row(map_y), map_y, height, width,
                    row);
    resample_labels(source.label.plane(), source.instances.plane(), row, margin_y, margin_x,
                    out.label.plane().row(y),
                    source.instances.values.empty() ? nullptr : out.instances.plane().row(y),
                    workspace);
  }
  return out;
}

Labels random_labels(Index height, Index width, int classes, std::uint64_t key) {
  Labels labels{{height, width}, {height, width}};
  for (std::size_t i = 0; i < labels.label.values.size(); ++i) {
    const auto id = random_below(key, i, static_cast<std::uint64_t>(classes));
    labels.label.values[i] = static_cast<std::uint8_t>(id);
    labels.instances.values[i] =
        id == 0 ? 0 : static_cast<std::uint32_t>(1 + random_below(key + 1, i, 4000000000u));
  }
  return labels;
}

TEST(ResampleLabels, AtNoDisplacementGivesThemBack) {
  const auto labels = random_labels(30, 70, 250, 5);
  const Picture<float> none(50, 128);
  const auto out = resampled(labels, 50, 90, {}, none, none);
  EXPECT_EQ(out.label.values, labels.label.values);
  EXPECT_EQ(out.instances.values, labels.instances.values);
}

TEST(ResampleLabels, ThresholdsAMaskAtMoreThanAHalf) {
  Labels labels{{1, 4}, {}};
  labels.label.values = {0, 1, 1, 0};
  const Picture<float> none(1, kLanes);
  // 0.5 1 0.5 0, then 0.5625 1 0.4375 0.
  EXPECT_THAT(resampled(labels, 1, 4, {1, 0, 0, 0.5}, none, none).label.values,
              ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(resampled(labels, 1, 4, {1, 0, 0, 0.5625}, none, none).label.values,
              ElementsAre(1, 1, 0, 0));
}

TEST(ResampleLabels, VotesByBilinearWeightAndPrefersTheSmallerClass) {
  Labels labels{{2, 2}, {2, 2}};
  labels.label.values = {7, 2,  //
                         9, 2};
  labels.instances.values = {70, 20, 90, 21};
  const Picture<float> none(2, kLanes);
  // At the middle of all four: class 2 has half, by two instances of a quarter each.
  auto out = resampled(labels, 2, 2, {1, 0, 0.5, 0.5}, none, none);
  EXPECT_EQ(out.label.values[0], 2);
  EXPECT_EQ(out.instances.values[0], 20u);
  // Half a pixel down: 7 and 9 are equal.
  out = resampled(labels, 2, 2, {1, 0, 0.5, 0}, none, none);
  EXPECT_EQ(out.label.values[0], 7);
  EXPECT_EQ(out.instances.values[0], 70u);
  // Further down, 0.4 9 beats 0.2 2, and a little more 9 alone.
  out = resampled(labels, 2, 2, {1, 0, 0.75, 0.25}, none, none);
  EXPECT_EQ(out.label.values[0], 9);
  EXPECT_EQ(out.instances.values[0], 90u);
}

TEST(ResampleLabels, AgreeWithTheDefinition) {
  const Index height = 60, width = 70, margin_y = 9, margin_x = 4;
  for (const int classes : {2, 3, 200}) {
    const auto labels =
        random_labels(height - 2 * margin_y, width - 2 * margin_x, classes, 10 + classes);
    const auto dy = random_displacements(height, width, 9, 2);
    const auto dx = random_displacements(height, width, 9, 3);
    const auto out = resampled(labels, height, width, {}, dy, dx);
    for (Index y = 0; y < labels.label.height; ++y) {
      for (Index x = 0; x < labels.label.width; ++x) {
        const auto at = place({}, dy, dx, y + margin_y, x + margin_x, height, width);
        const double y0 = std::floor(at.y), x0 = std::floor(at.x);
        const double sy = at.y - y0, sx = at.x - x0;
        std::array<double, 256> weight{};
        double largest = 0;
        std::uint32_t instance = 0;
        std::array<std::pair<std::uint8_t, std::uint32_t>, 4> pixels;
        std::array<double, 4> pixel_weights;
        for (int k = 0; k < 4; ++k) {
          const Index v =
              mirror_index(static_cast<Index>(y0) + k / 2 - margin_y, labels.label.height);
          const Index u =
              mirror_index(static_cast<Index>(x0) + k % 2 - margin_x, labels.label.width);
          const auto i = static_cast<std::size_t>(k);
          pixels[i] = {labels.label.plane()(v, u), labels.instances.plane()(v, u)};
          pixel_weights[i] = (k / 2 ? sy : 1 - sy) * (k % 2 ? sx : 1 - sx);
          weight[pixels[i].first] += pixel_weights[i];
        }
        auto sorted = weight;
        std::sort(sorted.begin(), sorted.end());
        if (sorted[255] - sorted[254] < 1e-5) continue;  // too close to call in single precision
        const auto best = static_cast<std::uint8_t>(std::max_element(weight.begin(), weight.end()) -
                                                    weight.begin());
        for (std::size_t k = 0; k < 4; ++k) {
          if (pixels[k].first == best && pixel_weights[k] > largest + 1e-5) {
            largest = pixel_weights[k];
            instance = pixels[k].second;
          }
        }
        ASSERT_EQ(out.label.plane()(y, x), best);
        ASSERT_EQ(out.instances.plane()(y, x), instance);
      }
    }
  }
}

TEST(Resample, HasTheSameBytesOnEveryInstructionSet) {
  const auto picture = random_picture(60, 75, 1);
  const auto labels = random_labels(40, 55, 3, 6);
  const auto dy = random_displacements(60, 75, 5, 2), dx = random_displacements(60, 75, 5, 3);
  const RigidMotion motion{std::cos(0.1), std::sin(0.1), 1, 2};
  std::set<std::vector<float>> pictures;
  std::set<std::vector<std::uint32_t>> instances;
  on_every_target([&](const char*) {
    pictures.insert(resampled(picture, motion, dy, dx).values);
    instances.insert(resampled(labels, 60, 75, motion, dy, dx).instances.values);
  });
  EXPECT_EQ(pictures.size(), 1u);
  EXPECT_EQ(instances.size(), 1u);
}

}  // namespace
}  // namespace unetflow
