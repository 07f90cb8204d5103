// The kernels' own source, run by threads of the processor: a block is 256 of them, one block after
// the other.
#include <gmock/gmock.h>

#include <barrier>
#include <bit>
#include <cmath>
#include <thread>

#include "core/random.hpp"
#include "references.hpp"

namespace unetflow {
namespace {

struct Place {
  unsigned int x = 0, y = 0;
};
thread_local Place threadIdx, blockIdx;
Place gridDim;
std::barrier<>* together = nullptr;

void __syncthreads() { together->arrive_and_wait(); }
float __uint_as_float(unsigned int bits) { return std::bit_cast<float>(bits); }
unsigned int __float_as_uint(float value) { return std::bit_cast<unsigned int>(value); }

#define __device__
#define __global__
#define __shared__ static
#include "gpu/kernels.cu"

void on_blocks(unsigned int across, unsigned int down, const std::function<void()>& kernel) {
  gridDim = {across, down};
  for (unsigned int y = 0; y < down; ++y) {
    for (unsigned int x = 0; x < across; ++x) {
      std::barrier<> all(kThreads);
      together = &all;
      std::vector<std::jthread> threads;
      for (unsigned int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          threadIdx = {t, 0};
          blockIdx = {x, y};
          kernel();
        });
      }
    }
  }
}

Eight* eights(const at::Tensor& images) { return static_cast<Eight*>(images.data_ptr()); }
float* floats(const at::Tensor& values) { return values.data_ptr<float>(); }
unsigned int covering(std::int64_t count) {
  return static_cast<unsigned int>((count + kThreads - 1) / kThreads);
}

TEST(GpuKernels, RoundToTheNearestOfTwoToTheEvenOne) {
  at::Tensor values = at::randn({4000}) * at::exp(10 * at::randn({4000}));
  values[0] = 1 + 0x1p-8;
  values[1] = 1 + 3 * 0x1p-8;
  values[2] = INFINITY;
  const at::Tensor expected = values.to(at::kBFloat16).to(at::kFloat);
  for (std::int64_t i = 0; i < values.numel(); i += 2) {
    const unsigned int pair = pair_of(floats(values)[i], floats(values)[i + 1]);
    EXPECT_EQ(__uint_as_float(pair << 16), floats(expected)[i]);
    EXPECT_EQ(__uint_as_float(pair & 0xffff0000u), floats(expected)[i + 1]);
  }
  EXPECT_TRUE(std::isnan(__uint_as_float(pair_of(NAN, 0) << 16)));
}

TEST(GpuKernels, GiveTheGradientBeforeAReluAndItsSums) {
  for (const int channels : {8, 24}) {
    const at::Tensor gradient = random_images({2, channels, 9, 7});
    const at::Tensor output = random_images({2, channels, 9, 7}).relu();
    const at::Tensor to = at::empty_like(output), sums = at::empty({3, channels});
    on_blocks(3, 1, [&] {
      relu_gradient(eights(gradient), eights(output), eights(to), floats(sums), 2 * 9 * 7,
                    channels / 8);
    });
    const at::Tensor expected = at::threshold_backward(gradient, output, 0);
    EXPECT_TRUE(at::equal(to, expected));
    EXPECT_TRUE(at::allclose(sums.sum(0), expected.to(at::kFloat).sum({0, 2, 3}), 1e-4, 1e-4));
  }
}

TEST(GpuKernels, AddUpSomeChannelsOfImagesAndCopyThem) {
  for (const int channels : {8, 24}) {
    const at::Tensor joined = random_images({2, 2 * channels, 9, 7});
    const at::Tensor part = joined.narrow(1, channels, channels);
    const at::Tensor to = random_images({2, channels, 9, 7}), sums = at::empty({3, channels});
    const at::Tensor total = at::empty({channels});
    on_blocks(3, 1, [&] {
      channel_sums(eights(part), eights(to), floats(sums), 2 * 9 * 7, channels / 8,
                   2 * channels / 8);
    });
    on_blocks(static_cast<unsigned int>(channels / 8), 1,
              [&] { add_sums(floats(sums), floats(total), 3, channels); });
    EXPECT_TRUE(at::equal(to, part));
    EXPECT_TRUE(at::allclose(total, part.to(at::kFloat).sum({0, 2, 3}), 1e-4, 1e-4));
  }
}

TEST(GpuKernels, ConvolveImagesOfFewChannels) {
  for (const int in : {1, 3}) {
    for (const int padding : {0, 1}) {
      const at::Tensor x = random_images({2, in, 6, 9});
      const at::Tensor weight = at::randn({16, in, 3, 3}), bias = at::randn({16});
      const at::Tensor by_tap = weight.permute({2, 3, 1, 0}).contiguous();
      const at::Tensor to = random_images({2, 16, 4 + 2 * padding, 7 + 2 * padding});
      const std::int64_t count = 2 * to.size(2) * ((to.size(3) + kAlong - 1) / kAlong) * 2;
      on_blocks(covering(count), 1, [&] {
        convolve_few(static_cast<unsigned short*>(x.data_ptr()), floats(by_tap), floats(bias),
                     eights(to), count, 6, 9, in, 2, padding, padding);
      });
      const at::Tensor expected = at::conv2d(x.to(at::kFloat), weight, bias, 1, padding);
      EXPECT_TRUE(alike(to, padding == 1 ? expected.relu() : expected));
    }
  }
}

TEST(GpuKernels, JoinChannelsOfAMiddlePartAndOthersWithABias) {
  const at::Tensor whole = random_images({2, 16, 9, 12}), second = random_images({2, 16, 4, 6});
  const at::Tensor first = whole.narrow(2, 2, 4).narrow(3, 3, 6), bias = at::randn({16});
  const at::Tensor to = random_images({2, 32, 4, 6});
  on_blocks(covering(2 * 4 * 6 * 4), 1, [&] {
    join(eights(first), eights(second), floats(bias), eights(to), 2 * 4 * 6, 4, 6, 2, 9 * 12 * 2,
         12 * 2);
  });
  EXPECT_TRUE(at::equal(to.narrow(1, 0, 16), first));
  EXPECT_TRUE(alike(to.narrow(1, 16, 16), second.to(at::kFloat) + bias.view({1, 16, 1, 1})));
}

TEST(GpuKernels, NormaliseGroupsAndGiveTheirGradients) {
  constexpr int kImages = 2, kBlocks = 2, kPixels = 9 * 7;
  for (const auto& [channels, groups] : {std::pair{8, 8}, {24, 8}, {16, 1}}) {
    for (const bool relu : {false, true}) {
      const at::Tensor x = random_images({kImages, channels, 9, 7}) * 2 + 1;
      const at::Tensor gradient = random_images({kImages, channels, 9, 7});
      const at::Tensor scale = at::randn({channels}), shift = at::randn({channels});
      const at::Tensor sums = at::empty({kImages, kBlocks, 2, channels});
      const at::Tensor lines = at::empty({kImages, 2, channels});
      const at::Tensor statistics = at::empty({kImages, groups, 2});
      const at::Tensor output = at::empty_like(x), of_input = at::empty_like(x);
      const at::Tensor own = at::empty({kImages, 3, channels});
      const at::Tensor of_scale = at::empty({kImages, channels});
      const at::Tensor of_shift = at::empty({kImages, channels});
      const int size = channels / 8;
      const unsigned int all = covering(kPixels * size);
      const auto down = static_cast<unsigned int>(groups);
      on_blocks(kBlocks, kImages, [&] { norm_sums(eights(x), floats(sums), kPixels, size); });
      on_blocks(down, kImages, [&] {
        norm_lines(floats(sums), floats(scale), floats(shift), floats(lines), floats(statistics),
                   kBlocks, channels, kPixels);
      });
      on_blocks(all, kImages,
                [&] { norm_apply(eights(x), floats(lines), eights(output), kPixels, size, relu); });
      on_blocks(kBlocks, kImages, [&] {
        norm_gradient_sums(eights(x), eights(gradient), floats(lines), floats(statistics),
                           floats(sums), kPixels, size, groups, relu);
      });
      on_blocks(down, kImages, [&] {
        norm_gradient_lines(floats(sums), floats(scale), floats(statistics), floats(own),
                            floats(of_scale), floats(of_shift), kBlocks, channels, kPixels);
      });
      on_blocks(all, kImages, [&] {
        norm_gradient_apply(eights(x), eights(gradient), floats(lines), floats(own),
                            eights(of_input), kPixels, size, relu);
      });
      const NormReference expected(x, groups, scale, shift, relu, gradient);
      EXPECT_TRUE(alike(output, expected.output));
      EXPECT_TRUE(alike(of_input, expected.of_input));
      EXPECT_TRUE(at::allclose(of_scale.sum(0), expected.of_scale, 1e-3, 1e-3));
      EXPECT_TRUE(at::allclose(of_shift.sum(0), expected.of_shift, 1e-3, 1e-3));
    }
  }
}

TEST(GpuKernels, PoolAndGiveTheGradientWithThatOfTheMiddlePart) {
  for (const int channels : {8, 24}) {
    // Of few values, so that some squares have the largest one twice.
    const at::Tensor x = at::randint(-2, 3, {2, channels, 8, 12})
                             .to(at::kBFloat16)
                             .contiguous(at::MemoryFormat::ChannelsLast);
    const at::Tensor of_pooled = random_images({2, channels, 4, 6});
    const at::Tensor joined = random_images({2, 2 * channels, 4, 6});
    const at::Tensor of_middle = joined.narrow(1, channels, channels);
    const at::Tensor pooled = at::empty_like(of_pooled), to = at::empty_like(x);
    const int size = channels / 8;
    const std::int64_t count = of_pooled.numel() / channels;
    on_blocks(covering(count * size), 1, [&] { pool(eights(x), eights(pooled), count, 12, size); });
    on_blocks(covering(count * size), 1, [&] {
      pool_gradient(eights(x), eights(of_pooled), eights(of_middle), eights(to), count, 8, 12, size,
                    1, 3, 4, 6, 2 * size);
    });
    const PoolReference expected(x, of_pooled, of_middle, 1, 3);
    EXPECT_TRUE(at::equal(pooled.to(at::kFloat), expected.pooled));
    EXPECT_TRUE(alike(to, expected.of_input));
  }
}

TEST(GpuKernels, DrawTheMasksOfTheProcessor) {
  constexpr std::uint64_t kKey = 0x123456789abcdef0, kThreshold = 0x60000000;
  constexpr std::int64_t kCount = 4099;
  const at::Tensor mask = at::empty({kCount}, at::kByte);
  on_blocks(covering(kCount / 4 + 1), 1,
            [&] { draw_mask(mask.data_ptr<std::uint8_t>(), kCount, kKey, kThreshold); });
  for (std::int64_t i = 0; i < kCount; ++i) {
    const auto word =
        random_words(kKey, static_cast<std::uint64_t>(i / 4))[static_cast<size_t>(i % 4)];
    ASSERT_EQ(mask.data_ptr<std::uint8_t>()[i], word >= kThreshold ? 1 : 0) << i;
  }
}

}  // namespace
}  // namespace unetflow
