#include "sample/augment.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/random.hpp"
#include "every_target.hpp"
#include "image/mirror.hpp"
#include "sample/elastic_field.hpp"

namespace unetflow {
namespace {

LabelledPicture tile_of(Index channels, Index input, Index output, std::uint64_t key) {
  LabelledPicture tile{{channels, input, input}, {output, output}, {output, output}};
  for (std::size_t i = 0; i < tile.input.values.size(); ++i) {
    tile.input.values[i] = static_cast<float>(random_uniform(key, i));
  }
  // Cells of 7 x 9 px with gaps of 2 between them.
  for (Index y = 0; y < output; ++y) {
    for (Index x = 0; x < output; ++x) {
      const bool inside = y % 9 < 7 && x % 11 < 9;
      tile.label.plane()(y, x) = inside;
      tile.instances.plane()(y, x) =
          inside ? static_cast<std::uint32_t>(1 + y / 9 * 100 + x / 11) : 0;
    }
  }
  return tile;
}

LabelledPicture augmented(const AugmentConfig& config, std::uint32_t epoch, std::uint64_t sample,
                          const LabelledPicture& tile) {
  LabelledPicture out = tile;
  AugmentWorkspace workspace;
  augment(config, epoch, sample, tile.view(), out.buffer(), workspace);
  return out;
}

bool equal(const LabelledPicture& a, const LabelledPicture& b) {
  return a.input.values == b.input.values && a.label.values == b.label.values &&
         a.instances.values == b.instances.values;
}

AugmentConfig with_probability(double p) {
  AugmentConfig config;
  for_each_augmentation(config.augmentations, [=](auto& kind) { kind.probability = p; });
  return config;
}

TEST(Augment, WithProbabilityZeroGivesTheTileBack) {
  const auto tile = tile_of(2, 60, 40, 1);
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    EXPECT_TRUE(equal(augmented(with_probability(0), 3, sample, tile), tile));
  }
}

TEST(Augment, WithoutDisplacementGivesTheTileBack) {
  const auto tile = tile_of(2, 60, 40, 1);
  AugmentConfig config;
  config.of<Elastic>().probability = config.of<Rigid>().probability = 1;
  config.of<Elastic>().alpha = config.of<Rigid>().rotation = config.of<Rigid>().shift = 0;
  EXPECT_TRUE(equal(augmented(config, 0, 0, tile), tile));
}

TEST(Augment, AppliesEachKindAsOftenAsAsked) {
  const auto config = with_probability(0.3);
  Picture<float> input(8, 8);
  input.values[0] = 1;  // a range, without which there is no gamma change
  int flips = 0, turns = 0, rigid = 0, elastic = 0;
  std::vector<int> changes(std::tuple_size_v<Augmentations>);
  constexpr int kSamples = 4000;
  for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
    const auto variation = draw_variation(config, 2, sample, input.stack());
    flips += variation.geometry.symmetry.flip;
    turns += variation.geometry.symmetry.quarter_turns != 0;
    rigid += variation.geometry.motion.has_value();
    elastic += variation.geometry.elastic.has_value();
    for (std::size_t i = 0; i < changes.size(); ++i) changes[i] += bool{variation.changes[i]};
  }
  std::erase(changes, 0);  // of the geometric kinds
  EXPECT_THAT(changes, testing::SizeIs(std::tuple_size_v<Augmentations> - 3));
  changes.insert(changes.end(), {flips, turns, rigid, elastic});
  // To five standard errors.
  const double error = 5 * std::sqrt(0.3 * 0.7 / kSamples);
  for (const int count : changes) {
    EXPECT_NEAR(static_cast<double>(count) / kSamples, 0.3, error);
  }
}

TEST(Augment, DrawsParametersWithinTheirRanges) {
  const auto config = with_probability(1);
  const Picture<float> input(8, 8);
  double steepest = 0, farthest = 0, smallest_gain = 2, brightest = 0;
  for (std::uint64_t sample = 0; sample < 2000; ++sample) {
    const RigidMotion motion = *draw_variation(config, 0, sample, input.stack()).geometry.motion;
    steepest = std::max(steepest, std::abs(motion.sine));
    farthest = std::max({farthest, std::abs(motion.shift_y), std::abs(motion.shift_x)});
    // Middle gray becomes 0.5 + offset, and 1 more becomes a gain more.
    float values[] = {0.5f, 1.5f};
    const auto& contrast = config.of<BrightnessContrast>();
    contrast.draw(Draws(1, 0, sample, BrightnessContrast::kDraws), {})({0, 2, values, nullptr});
    smallest_gain = std::min(smallest_gain, double{values[1]} - values[0]);
    brightest = std::max(brightest, values[0] - 0.5);
  }
  EXPECT_NEAR(steepest, std::sin(3 * 3.14159265358979 / 180), 2e-4);
  EXPECT_LE(farthest, 3);
  EXPECT_NEAR(farthest, 3, 0.01);
  EXPECT_NEAR(smallest_gain, 0.8, 0.002);
  EXPECT_NEAR(brightest, 0.1, 0.001);
}

TEST(Augment, TurnsTilesThatAreNotSquareHalfWayOnly) {
  for (std::uint64_t sample = 0; sample < 50; ++sample) {
    const auto variation =
        draw_variation(with_probability(1), 0, sample, Picture<float>(8, 9).stack());
    EXPECT_EQ(variation.geometry.symmetry.quarter_turns, 2);
  }
}

TEST(Augment, SwitchingOneKindOffChangesNoOther) {
  auto config = with_probability(1);
  const Picture<float> input(8, 8);
  const auto before = *draw_variation(config, 1, 5, input.stack()).geometry.motion;
  config.of<Flips>().probability = config.of<BrightnessContrast>().probability = 0;
  const auto after = *draw_variation(config, 1, 5, input.stack()).geometry.motion;
  EXPECT_EQ(before.sine, after.sine);
  EXPECT_EQ(before.shift_x, after.shift_x);
}

TEST(Augment, DependsOnSeedEpochAndSampleOnly) {
  const auto tile = tile_of(1, 60, 40, 1);
  auto config = with_probability(1);
  const auto once = augmented(config, 4, 7, tile);
  EXPECT_TRUE(equal(once, augmented(config, 4, 7, tile)));
  EXPECT_FALSE(equal(once, augmented(config, 5, 7, tile)));
  EXPECT_FALSE(equal(once, augmented(config, 4, 8, tile)));
  EXPECT_FALSE(equal(once, augmented(config, 4, (std::uint64_t{1} << 32) + 7, tile)));
  config.seed = 2;
  EXPECT_FALSE(equal(once, augmented(config, 4, 7, tile)));
}

TEST(Augment, LeavesNothingBehindInItsWorkspace) {
  AugmentWorkspace workspace;
  const auto config = with_probability(0.5);
  for (std::uint64_t sample = 0; sample < 30; ++sample) {
    const auto tile =
        tile_of(1 + static_cast<Index>(sample % 3), 60 + 2 * (sample % 5), 40, sample);
    auto out = tile;
    augment(config, 0, sample, tile.view(), out.buffer(), workspace);
    EXPECT_TRUE(equal(out, augmented(config, 0, sample, tile))) << sample;
  }
}

/// All of it, a step at a time in double precision: flip and turn, displace, interpolate, change
/// the intensity.
void expect_step_by_step(const AugmentConfig& config, std::uint64_t sample,
                         const LabelledPicture& tile) {
  const Index size = tile.input.height, margin = (size - tile.label.height) / 2;
  const Variation variation = draw_variation(config, 0, sample, tile.input.stack());
  const Geometry& geometry = variation.geometry;

  const auto turned = [&](auto picture) {
    const auto from = picture;
    const Index last = picture.height - 1;
    for (Index c = 0; c < picture.channels; ++c) {
      for (Index y = 0; y <= last; ++y) {
        for (Index x = 0; x <= last; ++x) {
          Index v = y, u = x;
          for (int turn = 0; turn < geometry.symmetry.quarter_turns; ++turn) {
            std::tie(v, u) = std::pair(last - u, v);
          }
          picture.plane(c)(y, x) = from.plane(c)(v, geometry.symmetry.flip ? last - u : u);
        }
      }
    }
    return picture;
  };
  const auto input = turned(tile.input);
  const auto label = turned(tile.label);
  const auto instances = turned(tile.instances);

  Picture<float> dy(size, round_up(size, kLanes)), dx = dy;
  if (geometry.elastic) {
    DisplacementField field;
    field.begin(geometry.elastic->config,
                random_key(config.seed, Purpose::kDisplacement, 0, sample), size, size);
    for (Index y = 0; y < size; ++y) {
      field.next(1, dy.plane().part(y, 0, 1, size), dx.plane().part(y, 0, 1, size));
    }
  }
  const auto place = [&](Index y, Index x) {
    const double c = static_cast<double>(size - 1) / 2;
    const double v = static_cast<double>(y) - c, u = static_cast<double>(x) - c;
    const RigidMotion m = geometry.motion.value_or(RigidMotion{});
    return std::pair(c + m.cosine * v + m.sine * u + m.shift_y + dy.plane()(y, x),
                     c - m.sine * v + m.cosine * u + m.shift_x + dx.plane()(y, x));
  };
  const auto interpolated = [](auto plane, double y, double x) {
    double sum = 0;
    for (int k = 0; k < 4; ++k) {
      const double v = std::floor(y) + k / 2, u = std::floor(x) + k % 2;
      sum += (1 - std::abs(y - v)) * (1 - std::abs(x - u)) *
             static_cast<double>(plane(mirror_index(static_cast<Index>(v), plane.height),
                                       mirror_index(static_cast<Index>(u), plane.width)));
    }
    return sum;
  };

  const auto out = augmented(config, 0, sample, tile);
  std::vector<float> row(static_cast<std::size_t>(size)),
      scratch(static_cast<std::size_t>(round_up(size, kLanes)));
  for (Index channel = 0; channel < tile.input.channels; ++channel) {
    for (Index y = 0; y < size; ++y) {
      for (Index x = 0; x < size; ++x) {
        const auto [v, u] = place(y, x);
        row[static_cast<std::size_t>(x)] =
            static_cast<float>(interpolated(input.plane(channel), v, u));
      }
      for (const auto& change : variation.changes) {
        if (change) change({channel * size + y, size, row.data(), scratch.data()});
      }
      for (Index x = 0; x < size; ++x) {
        ASSERT_NEAR(out.input.plane(channel)(y, x), row[static_cast<std::size_t>(x)], 2e-5)
            << y << " " << x;
      }
    }
  }
  for (Index y = 0; y < label.height; ++y) {
    for (Index x = 0; x < label.width; ++x) {
      const auto [v, u] = place(y + margin, x + margin);
      const double foreground = interpolated(label.plane(), v - double(margin), u - double(margin));
      if (std::abs(foreground - 0.5) < 1e-5) continue;
      ASSERT_EQ(out.label.plane()(y, x), foreground > 0.5);
      // Cells are further apart than neighbours: there is one at most.
      std::uint32_t cell = 0;
      for (int k = 0; k < 4; ++k) {
        cell = std::max(
            cell,
            instances.plane()(
                mirror_index(static_cast<Index>(std::floor(v)) + k / 2 - margin, label.height),
                mirror_index(static_cast<Index>(std::floor(u)) + k % 2 - margin, label.width)));
      }
      ASSERT_EQ(out.instances.plane()(y, x), foreground > 0.5 ? cell : 0);
    }
  }
}

TEST(Augment, IsItsStepsOneAfterAnother) {
  const auto tile = tile_of(2, 110, 74, 9);
  for (std::uint64_t sample = 0; sample < 12; ++sample) {
    expect_step_by_step(with_probability(0.5), sample, tile);
  }
  expect_step_by_step(with_probability(1), 0, tile);
}

TEST(Augment, TakesTheLabelAlongWithTheInput) {
  // A grid in the input, and the same grid as label.
  LabelledPicture tile{{1, 120, 120}, {80, 80}, {}};
  for (Index y = 0; y < 120; ++y) {
    for (Index x = 0; x < 120; ++x) {
      const bool grid = y % 20 < 3 || x % 20 < 3;
      tile.input.plane()(y, x) = grid;
      if (y >= 20 && y < 100 && x >= 20 && x < 100) tile.label.plane()(y - 20, x - 20) = grid;
    }
  }
  auto config = with_probability(1);
  for_each_augmentation(config.augmentations, []<class Kind>(Kind& kind) {
    if constexpr (IntensityAugmentation<Kind>) kind.probability = 0;
  });
  const auto out = augmented(config, 0, 1, tile);
  int compared = 0;
  for (Index y = 16; y < 64; ++y) {  // away from where the label reflects and the input does not
    for (Index x = 16; x < 64; ++x) {
      const float input = out.input.plane()(y + 20, x + 20);
      if (std::abs(input - 0.5f) < 1e-4f) continue;
      EXPECT_EQ(out.label.plane()(y, x), input > 0.5f);
      ++compared;
    }
  }
  EXPECT_GT(compared, 2000);
  EXPECT_NE(out.label.values, tile.label.values);
}

TEST(Augment, TakesIgnoredPixelsAlongAndMakesNoOtherClassOfThem) {
  auto tile = tile_of(1, 60, 40, 1);
  for (Index y = 0; y < 40; ++y) {
    for (Index x = 20; x < 40; ++x) {
      tile.label.plane()(y, x) = kIgnored;
      tile.instances.plane()(y, x) = 0;
    }
  }
  for (std::uint64_t sample = 0; sample < 20; ++sample) {
    const auto varied = augmented(with_probability(1), 0, sample, tile);
    std::map<int, int> counts;
    for (std::size_t i = 0; i < varied.label.values.size(); ++i) {
      const int id = varied.label.values[i];
      ++counts[id];
      EXPECT_EQ(varied.instances.values[i] != 0, id == 1);
    }
    EXPECT_EQ(counts[0] + counts[1] + counts[kIgnored], 40 * 40);
    EXPECT_NEAR(counts[kIgnored], 800, 300);
  }
}

TEST(Augment, OnlyMovesPixelsWhenItOnlyFlips) {
  const auto tile = tile_of(1, 60, 40, 1);
  AugmentConfig config = with_probability(0);
  config.of<Flips>().probability = 1;
  auto values = tile.input.values;
  auto moved = augmented(config, 0, 3, tile).input.values;
  EXPECT_NE(values, moved);
  std::sort(values.begin(), values.end());
  std::sort(moved.begin(), moved.end());
  EXPECT_EQ(values, moved);
}

TEST(Augment, HasTheSameBytesOnEveryInstructionSet) {
  const auto tile = tile_of(2, 100, 64, 3);
  std::set<std::vector<float>> inputs;
  std::set<std::vector<std::uint32_t>> instances;
  on_every_target([&](const char*) {
    const auto out = augmented(with_probability(1), 0, 2, tile);
    inputs.insert(out.input.values);
    instances.insert(out.instances.values);
  });
  EXPECT_EQ(inputs.size(), 1u);
  EXPECT_EQ(instances.size(), 1u);
}

TEST(CheckAugment, RefusesAnEvenWindow) {
  AugmentConfig config;
  EXPECT_NO_THROW(check_augment(config, "augment.json"));
  config.of<Elastic>().kernel = 24;
  EXPECT_THAT([&] { check_augment(config, "augment.json"); },
              testing::ThrowsMessage<InputError>(
                  testing::HasSubstr("augment.json at /elastic/kernel: is 24, expected an odd")));
}

}  // namespace
}  // namespace unetflow
