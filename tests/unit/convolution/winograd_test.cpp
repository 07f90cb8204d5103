#include "convolution/winograd.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "core/random.hpp"
#include "every_target.hpp"

namespace unetflow::winograd {
namespace {

using Numbers = std::vector<float>;

Numbers noise(Index size, std::uint64_t key) {
  Numbers numbers(static_cast<size_t>(size));
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<float>(2 * random_uniform(key, i) - 1);
  }
  return numbers;
}

Index lanes() { return columns() / 2; }
Index whole_vectors(Index count) { return round_up(count, lanes()); }

/// The largest difference, as a fraction of the largest expected number.
double difference(const std::vector<double>& expected, const Numbers& computed) {
  EXPECT_EQ(expected.size(), computed.size());
  double largest = 0, apart = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    apart = std::max(apart, std::abs(expected[i] - static_cast<double>(computed[i])));
  }
  return apart / largest;
}
constexpr double kRounding = 1e-5;

/// A row of tiles: 6 rows of input [channel][6][pitch] and 4 of output. Memory ends where the
/// header says that reading and writing end, so that the address sanitizer sees a step beyond.
struct Row {
  Index incoming, outgoing, tiles;
  Index pitch = kOutput * (whole_vectors(tiles) + 1);
  Index width = kOutput * tiles;  ///< of the output
  Numbers input = noise(incoming * kInput * pitch, 1);
  Numbers filters = noise(outgoing * incoming * 9, 2);
  Numbers gradient = noise(outgoing * kOutput * kOutput * whole_vectors(tiles), 3);

  float in(Index c, Index y, Index x) const {
    return input[static_cast<size_t>((c * kInput + y) * pitch + x)];
  }
  float filter(Index k, Index c, Index y, Index x) const {
    return filters[static_cast<size_t>(((k * incoming + c) * 3 + y) * 3 + x)];
  }
  Index gradient_pitch() const { return kOutput * whole_vectors(tiles); }
  float out_gradient(Index k, Index y, Index x) const {
    return gradient[static_cast<size_t>((k * kOutput + y) * gradient_pitch() + x)];
  }

  /// Output [outgoing][4][width], directly.
  std::vector<double> direct_output(double bias) const {
    std::vector<double> out;
    for (Index k = 0; k < outgoing; ++k) {
      for (Index y = 0; y < kOutput; ++y) {
        for (Index x = 0; x < width; ++x) {
          double sum = bias;
          for (Index c = 0; c < incoming; ++c) {
            for (Index i = 0; i < 9; ++i) {
              sum += double{filter(k, c, i / 3, i % 3)} * double{in(c, y + i / 3, x + i % 3)};
            }
          }
          out.push_back(sum);
        }
      }
    }
    return out;
  }

  /// The filters' gradients [outgoing][incoming][9], directly.
  std::vector<double> direct_filter_gradients() const {
    std::vector<double> out;
    for (Index i = 0; i < outgoing * incoming * 9; ++i) {
      const Index k = i / 9 / incoming, c = i / 9 % incoming, y = i % 9 / 3, x = i % 3;
      double sum = 0;
      for (Index v = 0; v < kOutput; ++v) {
        for (Index u = 0; u < width; ++u) {
          sum += double{out_gradient(k, v, u)} * double{in(c, v + y, u + x)};
        }
      }
      out.push_back(sum);
    }
    return out;
  }
};

/// A convolution with all of the kernels, as convolution.cpp puts them together.
Numbers output_of(const Row& row, float bias) {
  const Index rows = round_up(row.outgoing, kRowsA), panels = divided_up(row.tiles, columns());
  const Index a_pitch = whole_vectors(row.incoming), a_plane = rows * a_pitch;
  Numbers a(static_cast<size_t>(kCoefficients * a_plane));
  for (Index k = 0; k < row.outgoing; ++k) {
    transform_filters(row.filters.data() + k * row.incoming * 9, 9, row.incoming, false,
                      {a.data() + k * a_pitch, a_plane, columns()});
  }
  const Index b_panel = row.incoming * columns(), b_plane = panels * b_panel;
  Numbers b(static_cast<size_t>(kCoefficients * b_plane));
  for (Index c = 0; c < row.incoming; ++c) {
    const float* const from = row.input.data() + c * kInput * row.pitch;
    transform_input(from, row.pitch, 0, row.tiles, {b.data() + c * columns(), b_plane, b_panel});
  }
  const Index c_panel = rows * columns(), c_plane = panels * c_panel;
  Numbers products(static_cast<size_t>(kCoefficients * c_plane));
  for (Index p = 0; p < kCoefficients; ++p) {
    multiply({a.data() + p * a_plane, a_pitch, rows}, {b.data() + p * b_plane, b_panel, row.tiles},
             row.incoming, false, products.data() + p * c_plane);
  }
  const Index out_pitch = kOutput * whole_vectors(row.tiles);
  Numbers out, lines(static_cast<size_t>(kOutput * out_pitch));
  for (Index k = 0; k < row.outgoing; ++k) {
    transform_output({products.data() + k * columns(), c_plane, c_panel}, 0, row.tiles, {bias},
                     lines.data(), out_pitch);
    for (Index y = 0; y < kOutput; ++y) {
      const auto begin = lines.begin() + y * out_pitch;
      out.insert(out.end(), begin, begin + row.width);
    }
  }
  return out;
}

TEST(Winograd, EqualsADirectConvolutionOnEveryInstructionSet) {
  on_every_target([](const char* target) {
    for (const Index tiles : {1, 7, 16, 33}) {
      for (const auto& [incoming, outgoing] : {std::pair<Index, Index>{1, 1}, {5, 6}, {17, 4}}) {
        const Row row{incoming, outgoing, tiles};
        EXPECT_LT(difference(row.direct_output(0.5), output_of(row, 0.5F)), kRounding)
            << target << ": " << tiles << " tiles, " << incoming << " to " << outgoing;
      }
    }
  });
}

TEST(Winograd, GivesTheFiltersGradientsOnEveryInstructionSet) {
  on_every_target([](const char* target) {
    for (const Index tiles : {1, 7, 33}) {
      const Row row{1, 3, tiles};
      const Index pitch = whole_vectors(tiles), plane = whole_vectors(row.outgoing);
      Numbers inputs(static_cast<size_t>(kCoefficients * pitch)), gradients = inputs;
      Numbers sums(static_cast<size_t>(kCoefficients * plane));
      transform_input(row.input.data(), row.pitch, 0, tiles, {inputs.data(), pitch, columns()});
      for (Index k = 0; k < row.outgoing; ++k) {
        transform_output_gradient(row.gradient.data() + k * kOutput * row.gradient_pitch(),
                                  row.gradient_pitch(), 0, tiles,
                                  {gradients.data(), pitch, columns()});
        for (Index p = 0; p < kCoefficients; ++p) {
          for (Index i = 0; i < tiles; ++i) {
            sums[static_cast<size_t>(p * plane + k)] +=
                inputs[static_cast<size_t>(p * pitch + i)] *
                gradients[static_cast<size_t>(p * pitch + i)];
          }
        }
      }
      Numbers computed(static_cast<size_t>(row.outgoing * 9));
      transform_filter_gradients({sums.data(), plane, columns()}, row.outgoing, computed.data());
      EXPECT_LT(difference(row.direct_filter_gradients(), computed), kRounding)
          << target << ": " << tiles << " tiles";
    }
  });
}

TEST(Winograd, RotatesFiltersForTheInputsGradient) {
  on_every_target([](const char* target) {
    constexpr Index count = 5;
    const Numbers filters = noise(count * 9, 4);
    Numbers rotated;
    for (Index k = 0; k < count; ++k) {
      for (Index n = 0; n < 9; ++n) rotated.push_back(filters[static_cast<size_t>(k * 9 + 8 - n)]);
    }
    const Index plane = whole_vectors(count);
    Numbers a(static_cast<size_t>(kCoefficients * plane)), b = a;
    transform_filters(filters.data(), 9, count, true, {a.data(), plane, columns()});
    transform_filters(rotated.data(), 9, count, false, {b.data(), plane, columns()});
    EXPECT_EQ(a, b) << target;
  });
}

TEST(Winograd, MultipliesMatricesLongerThanTheCacheHoldsAndAddsToWhatIsThere) {
  on_every_target([](const char* target) {
    constexpr Index a_rows = 3 * kRowsA, panels = 3, rows = 300, pitch = rows + 1;
    const Index step = rows * columns() + 2;
    // The last panel whole, or without its second vector.
    for (const Index all : {panels * columns(), panels * columns() - lanes()}) {
      const Numbers a = noise(a_rows * pitch, 5), b = noise(panels * step, 6);
      Numbers c = noise(panels * a_rows * columns(), 7);
      std::vector<double> expected;
      for (Index i = 0; i < static_cast<Index>(c.size()); ++i) {
        const Index column = i % columns(), l = i / columns() % a_rows,
                    panel = i / columns() / a_rows;
        double sum = c[static_cast<size_t>(i)];
        for (Index row = 0; row < rows && panel * columns() + column < all; ++row) {
          sum += double{a[static_cast<size_t>(l * pitch + row)]} *
                 double{b[static_cast<size_t>(panel * step + row * columns() + column)]};
        }
        expected.push_back(sum);
      }
      multiply({a.data(), pitch, a_rows}, {b.data(), step, all}, rows, true, c.data());
      EXPECT_LT(difference(expected, c), kRounding) << target << ": " << all << " columns";
    }
  });
}

TEST(Winograd, PutsTilesIntoPanelsAndTakesThemFromThere) {
  on_every_target([](const char* target) {
    // Three vectors, the first of which is the second half of a panel; two rows of panels.
    const Index tiles = 3 * lanes(), row = columns(), panel = 2 * row, plane = 2 * panel;
    const Numbers given = noise(kInput * (kOutput * (tiles + 1)), 8);
    const Index pitch = kOutput * (tiles + 1);
    Numbers line(static_cast<size_t>(kCoefficients * tiles));
    Numbers panels(static_cast<size_t>(kCoefficients * plane));
    transform_input(given.data(), pitch, 0, tiles, {line.data(), tiles, columns()});
    const Transformed there{panels.data() + row, plane, panel};
    transform_input(given.data(), pitch, lanes(), tiles, there);
    for (Index p = 0; p < kCoefficients; ++p) {
      for (Index i = 0; i < tiles; ++i) {
        const Index at = i + lanes();
        EXPECT_EQ(line[static_cast<size_t>(p * tiles + i)],
                  there.values[p * plane + at / columns() * panel + at % columns()])
            << target << ": coefficient " << p << " of tile " << i;
      }
    }
    Numbers a(static_cast<size_t>(kOutput * kOutput * tiles)), b = a;
    transform_output({line.data(), tiles, columns()}, 0, tiles, {1}, a.data(), kOutput * tiles);
    transform_output(there, lanes(), tiles, {1}, b.data(), kOutput * tiles);
    EXPECT_EQ(a, b) << target;
  });
}

/// A vector of tiles of a row of neighbours, the last of which is the first here.
template <class T>
TilesAt<T> reversed(T* row, Index pitch) {
  TilesAt<T> tiles;
  for (Index i = 0; i < lanes(); ++i) {
    tiles.at[static_cast<size_t>(i)] = row + (lanes() - 1 - i) * kOutput;
    tiles.pitch[static_cast<size_t>(i)] = pitch;
  }
  return tiles;
}

TEST(Winograd, TransformsTilesThatAreNoNeighbours) {
  on_every_target([](const char* target) {
    const Index tiles = lanes(),
                pitch = kOutput * tiles + 2;  // memory ends where the last tile does
    const Numbers given = noise(kInput * pitch, 9);
    Numbers longer = given;
    longer.resize(given.size() + kOutput);
    Numbers expected(static_cast<size_t>(kCoefficients * tiles)), computed = expected;
    const auto expect_reversed = [&] {
      for (size_t i = 0; i < expected.size(); ++i) {
        const auto lane = i % static_cast<size_t>(tiles), last = static_cast<size_t>(tiles) - 1;
        EXPECT_EQ(expected[i], computed[i - lane + (last - lane)]) << target << ": " << i;
      }
    };
    const Transformed to{computed.data(), tiles, columns()};
    const auto there = reversed(given.data(), pitch);
    transform_input(longer.data(), pitch, 0, tiles, {expected.data(), tiles, columns()});
    transform_input(there, 0, 0, to);
    expect_reversed();
    transform_output_gradient(given.data(), pitch, 0, tiles, {expected.data(), tiles, columns()});
    transform_output_gradient(there, 0, 0, to);
    expect_reversed();

    Numbers rows(static_cast<size_t>(kOutput * kOutput * tiles)), back = rows;
    transform_output({expected.data(), tiles, columns()}, 0, tiles, {1}, rows.data(),
                     kOutput * tiles);
    transform_output(to, 0, {1}, reversed(back.data(), kOutput * tiles));
    EXPECT_EQ(rows, back) << target;
  });
}

TEST(Winograd, TransposesFourLines) {
  on_every_target([](const char* target) {
    constexpr Index count = 37, step = 6, pitch = round_up(count, kMostLanes);
    const Numbers given = noise(4 * pitch, 10);
    const float* lines[4];
    for (Index l = 0; l < 4; ++l) lines[l] = given.data() + l * pitch;
    Numbers to(static_cast<size_t>(count * step));
    transpose(lines, count, to.data(), step);
    for (Index i = 0; i < count; ++i) {
      for (Index l = 0; l < 4; ++l) {
        EXPECT_EQ(to[static_cast<size_t>(i * step + l)], given[static_cast<size_t>(l * pitch + i)])
            << target << ": " << i << " of line " << l;
      }
    }
  });
}

}  // namespace
}  // namespace unetflow::winograd
