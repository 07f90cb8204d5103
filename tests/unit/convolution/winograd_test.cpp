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

Index lanes() { return columns_b() / 2; }
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
  const Index a_panels = divided_up(row.outgoing, kColumnsA), columns = columns_b();
  const Index b_panels = divided_up(row.tiles, columns);
  const Index pitch = b_panels * columns;
  const Index filter_pitch = whole_vectors(row.incoming);
  Numbers a(static_cast<size_t>(kCoefficients * a_panels * row.incoming * kColumnsA));
  for (Index panel = 0; panel < a_panels; ++panel) {
    std::vector<Numbers> of(kColumnsA, Numbers(static_cast<size_t>(kCoefficients * filter_pitch)));
    for (Index i = 0; i < kColumnsA && panel * kColumnsA + i < row.outgoing; ++i) {
      transform_filters(row.filters.data() + (panel * kColumnsA + i) * row.incoming * 9,
                        row.incoming, false, {of[static_cast<size_t>(i)].data(), filter_pitch});
    }
    for (Index p = 0; p < kCoefficients; ++p) {
      const float* lines[kColumnsA];
      for (size_t i = 0; i < of.size(); ++i) lines[i] = of[i].data() + p * filter_pitch;
      pack_columns(lines, row.incoming,
                   a.data() + (p * a_panels + panel) * row.incoming * kColumnsA, kColumnsA);
    }
  }
  Numbers b(static_cast<size_t>(kCoefficients * b_panels * row.incoming * columns));
  Numbers coefficients(static_cast<size_t>(kCoefficients * pitch));
  for (Index c = 0; c < row.incoming; ++c) {
    transform_input(row.input.data() + c * kInput * row.pitch, row.pitch, row.tiles,
                    {coefficients.data(), pitch});
    pack_row(coefficients.data(), pitch, b_panels, row.incoming, c, b.data());
  }
  const Index a_size = a_panels * row.incoming * kColumnsA;
  const Index b_size = b_panels * row.incoming * columns;
  const Index c_size = b_panels * a_panels * kColumnsA * columns;
  Numbers products(static_cast<size_t>(kCoefficients * c_size));
  for (Index p = 0; p < kCoefficients; ++p) {
    multiply(a.data() + p * a_size, a_panels, b.data() + p * b_size, b_panels, row.incoming, false,
             products.data() + p * c_size);
  }
  Numbers out, rows(static_cast<size_t>(kOutput * kOutput * whole_vectors(row.tiles)));
  const Index out_pitch = kOutput * whole_vectors(row.tiles);
  for (Index k = 0; k < row.outgoing; ++k) {
    unpack_row(products.data(), pitch, b_panels, a_panels * kColumnsA, k, coefficients.data());
    transform_output({coefficients.data(), pitch}, row.tiles, bias, rows.data(), out_pitch);
    for (Index y = 0; y < kOutput; ++y) {
      const auto begin = rows.begin() + y * out_pitch;
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
      transform_input(row.input.data(), row.pitch, tiles, {inputs.data(), pitch});
      for (Index k = 0; k < row.outgoing; ++k) {
        transform_output_gradient(row.gradient.data() + k * kOutput * row.gradient_pitch(),
                                  row.gradient_pitch(), tiles, {gradients.data(), pitch});
        for (Index p = 0; p < kCoefficients; ++p) {
          for (Index i = 0; i < tiles; ++i) {
            sums[static_cast<size_t>(p * plane + k)] +=
                inputs[static_cast<size_t>(p * pitch + i)] *
                gradients[static_cast<size_t>(p * pitch + i)];
          }
        }
      }
      Numbers computed(static_cast<size_t>(row.outgoing * 9));
      transform_filter_gradients({sums.data(), plane}, row.outgoing, computed.data());
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
    transform_filters(filters.data(), count, true, {a.data(), plane});
    transform_filters(rotated.data(), count, false, {b.data(), plane});
    EXPECT_EQ(a, b) << target;
  });
}

TEST(Winograd, MultipliesMatricesLongerThanTheCacheHoldsAndAddsToWhatIsThere) {
  on_every_target([](const char* target) {
    constexpr Index a_panels = 2, b_panels = 3, count = 300;
    const Index columns = columns_b();
    const Numbers a = noise(a_panels * count * kColumnsA, 5);
    const Numbers b = noise(b_panels * count * columns, 6);
    Numbers c = noise(b_panels * a_panels * kColumnsA * columns, 7);
    std::vector<double> expected;
    for (Index i = 0; i < static_cast<Index>(c.size()); ++i) {
      const Index r = i % columns, l = i / columns % kColumnsA;
      const Index a_panel = i / columns / kColumnsA % a_panels;
      const Index b_panel = i / columns / kColumnsA / a_panels;
      double sum = c[static_cast<size_t>(i)];
      for (Index row = 0; row < count; ++row) {
        sum += double{a[static_cast<size_t>((a_panel * count + row) * kColumnsA + l)]} *
               double{b[static_cast<size_t>((b_panel * count + row) * columns + r)]};
      }
      expected.push_back(sum);
    }
    multiply(a.data(), a_panels, b.data(), b_panels, count, true, c.data());
    EXPECT_LT(difference(expected, c), kRounding) << target;
  });
}

TEST(Winograd, UnpacksWhatItPacked) {
  on_every_target([](const char* target) {
    constexpr Index panels = 2, rows = 3;
    const Index pitch = panels * columns_b();
    const Numbers given = noise(kCoefficients * pitch, 8);
    Numbers packed(static_cast<size_t>(kCoefficients * panels * rows * columns_b())), back = given;
    std::fill(back.begin(), back.end(), 0.F);
    pack_row(given.data(), pitch, panels, rows, 1, packed.data());
    unpack_row(packed.data(), pitch, panels, rows, 1, back.data());
    EXPECT_EQ(back, given) << target;
  });
}

}  // namespace
}  // namespace unetflow::winograd
