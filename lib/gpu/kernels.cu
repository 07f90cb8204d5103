// The kernels, compiled at run time for the GPU that is there (kernels.cpp). Tensors are of bfloat16
// and lie pixel by pixel, all channels of one next to each other (NHWC), in groups of eight, which a
// thread loads at once. They are limited by memory, so each reads and writes as little as can be.
//
// Sums over pixels are made in an order that depends on sizes and the number of multiprocessors alone:
// each block adds up a part, and the parts are added afterwards. So results are the same in every run.

constexpr int kThreads = 256;  // of each block

struct alignas(16) Eight {
  unsigned int pairs[4];  // the lower half of each is the first channel
};
struct Floats {
  float of[8];
};

__device__ inline unsigned int pair_of(float lower, float upper) {
#ifdef __CUDA_ARCH__
  unsigned int pair;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(upper), "f"(lower));
  return pair;
#else
  const auto rounded = [](float value) -> unsigned int {  // to the nearest, of two to the even one
    if (value != value) return 0x7fff;
    const unsigned int bits = __float_as_uint(value);
    return (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  };
  return rounded(upper) << 16 | rounded(lower);
#endif
}

__device__ inline Floats floats_of(const Eight& values) {
  Floats floats;
  for (int i = 0; i < 4; ++i) {
    floats.of[2 * i] = __uint_as_float(values.pairs[i] << 16);
    floats.of[2 * i + 1] = __uint_as_float(values.pairs[i] & 0xffff0000u);
  }
  return floats;
}
__device__ inline Eight eight_of(const Floats& floats) {
  Eight values;
  for (int i = 0; i < 4; ++i) values.pairs[i] = pair_of(floats.of[2 * i], floats.of[2 * i + 1]);
  return values;
}

// The pixels and channels that a thread adds up: those of `eight`, from pixel `first` on.
struct Strip {
  int eight, row, rows;
  long long first, step;

  __device__ explicit Strip(int eights)
      : eight(static_cast<int>(threadIdx.x) % eights),
        row(static_cast<int>(threadIdx.x) / eights),
        rows(kThreads / eights),
        first(row < rows ? static_cast<long long>(blockIdx.x) * rows + row : 1LL << 62),
        step(static_cast<long long>(gridDim.x) * rows) {}
};

// Adds up what the block's threads have of each channel.
__device__ inline void add_rows(const Strip& strip, int eights, const Floats& own, float* to) {
  __shared__ float shared[8 * kThreads];
  const int channels = 8 * eights;
  __syncthreads();
  if (strip.row < strip.rows) {
    for (int i = 0; i < 8; ++i) {
      shared[strip.row * channels + 8 * strip.eight + i] = own.of[i];
    }
  }
  __syncthreads();
  for (int c = static_cast<int>(threadIdx.x); c < channels; c += kThreads) {
    float sum = 0;
    for (int row = 0; row < strip.rows; ++row) sum += shared[row * channels + c];
    to[c] = sum;
  }
}

// The gradient before a ReLU, and its sums over pixels: sums[block][channel].
extern "C" __global__ void relu_gradient(const Eight* __restrict__ gradient,
                                         const Eight* __restrict__ output, Eight* __restrict__ to,
                                         float* __restrict__ sums, long long pixels, int eights) {
  const Strip strip(eights);
  Floats total = {};
  for (long long pixel = strip.first; pixel < pixels; pixel += strip.step) {
    const long long i = pixel * eights + strip.eight;
    Floats g = floats_of(gradient[i]);
    const Floats y = floats_of(output[i]);
    for (int c = 0; c < 8; ++c) {
      g.of[c] = y.of[c] > 0 ? g.of[c] : 0;
      total.of[c] += g.of[c];
    }
    to[i] = eight_of(g);
  }
  add_rows(strip, eights, total, sums + static_cast<long long>(blockIdx.x) * 8 * eights);
}

// Sums over pixels: sums[block][channel]. Pixels are `stride` eights apart; if `to` is given, they are
// copied there, one next to the other.
extern "C" __global__ void channel_sums(const Eight* __restrict__ values, Eight* __restrict__ to,
                                        float* __restrict__ sums, long long pixels, int eights,
                                        int stride) {
  const Strip strip(eights);
  Floats total = {};
  for (long long pixel = strip.first; pixel < pixels; pixel += strip.step) {
    const Eight own = values[pixel * stride + strip.eight];
    if (to != nullptr) to[pixel * eights + strip.eight] = own;
    const Floats v = floats_of(own);
    for (int c = 0; c < 8; ++c) total.of[c] += v.of[c];
  }
  add_rows(strip, eights, total, sums + static_cast<long long>(blockIdx.x) * 8 * eights);
}

// Adds up sums[block][channel]; each block of this kernel does eight channels.
extern "C" __global__ void add_sums(const float* __restrict__ sums, float* __restrict__ to,
                                    int blocks, int channels) {
  __shared__ float shared[kThreads];
  const int t = static_cast<int>(threadIdx.x), rows = kThreads / 8;
  const int c = static_cast<int>(blockIdx.x) * 8 + t % 8;
  float sum = 0;
  for (int i = t / 8; i < blocks; i += rows) {
    sum += sums[static_cast<long long>(i) * channels + c];
  }
  shared[t] = sum;
  __syncthreads();
  if (t >= 8) return;
  sum = 0;
  for (int row = 0; row < rows; ++row) sum += shared[row * 8 + t];
  to[c] = sum;
}

// ---- convolutions whose arithmetic is small beside their memory

// A convolution of 3 x 3 pixels of few channels, with bias and perhaps a ReLU; weights[tap][in][out].
// A thread computes eight channels of `kAlong` pixels in a row.
constexpr int kAlong = 4;
extern "C" __global__ void convolve_few(const unsigned short* __restrict__ x,
                                        const float* __restrict__ weights,
                                        const float* __restrict__ bias, Eight* __restrict__ to,
                                        long long count, int height, int width, int in, int eights,
                                        int padding, int relu) {
  const long long own = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  if (own >= count) return;
  const int out_height = height + 2 * padding - 2, out_width = width + 2 * padding - 2;
  const int parts = (out_width + kAlong - 1) / kAlong;  // of a row
  const int eight = static_cast<int>(own % eights);
  const long long part = own / eights, row = part / parts;
  const int left = static_cast<int>(part % parts) * kAlong;
  const long long image = row / out_height;
  const int y = static_cast<int>(row % out_height);
  Floats sums[kAlong];
  for (int c = 0; c < 8; ++c) {
    for (int i = 0; i < kAlong; ++i) sums[i].of[c] = bias[8 * eight + c];
  }
  for (int tap = 0; tap < 9; ++tap) {
    const int from_y = y + tap / 3 - padding, from_x = left + tap % 3 - padding;
    if (from_y < 0 || from_y >= height) continue;
    const long long line = (image * height + from_y) * width;
    for (int channel = 0; channel < in; ++channel) {
      const float* const weight = weights + (tap * in + channel) * 8 * eights + 8 * eight;
      for (int i = 0; i < kAlong; ++i) {
        const bool inside = from_x + i >= 0 && from_x + i < width;
        const unsigned int bits = inside ? x[(line + from_x + i) * in + channel] : 0;
        const float value = __uint_as_float(bits << 16);
        for (int c = 0; c < 8; ++c) sums[i].of[c] += value * weight[c];
      }
    }
  }
  for (int i = 0; i < kAlong && left + i < out_width; ++i) {
    for (int c = 0; c < 8; ++c) {
      float& sum = sums[i].of[c];
      if (relu && !(sum > 0) && sum == sum) sum = 0;
    }
    to[(row * out_width + left + i) * eights + eight] = eight_of(sums[i]);
  }
}

// The channels of two sets of images one after the other, the second with a bias added. Of the first,
// images and rows are so many eights apart.
extern "C" __global__ void join(const Eight* __restrict__ first, const Eight* __restrict__ second,
                                const float* __restrict__ bias, Eight* __restrict__ to,
                                long long pixels, int height, int width, int eights,
                                long long image_stride, long long row_stride) {
  const long long own = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  const long long pixel = own / (2 * eights), row = pixel / width;
  if (pixel >= pixels) return;
  const int eight = static_cast<int>(own % (2 * eights));
  if (eight < eights) {
    to[own] = first[row / height * image_stride + row % height * row_stride +
                    pixel % width * eights + eight];
    return;
  }
  Floats v = floats_of(second[pixel * eights + eight - eights]);
  for (int c = 0; c < 8; ++c) v.of[c] += bias[8 * (eight - eights) + c];
  to[own] = eight_of(v);
}

// ---- group normalisation; blockIdx.y is the image, `pixels` are those of one

// Where a block's two sums of each channel are: sums[image][block][which][channel].
__device__ inline float* block_sums(float* sums, int eights, int which) {
  const long long block = static_cast<long long>(blockIdx.y) * gridDim.x + blockIdx.x;
  return sums + (2 * block + which) * 8 * eights;
}

// Sums and sums of squares of each channel.
extern "C" __global__ void norm_sums(const Eight* __restrict__ x, float* __restrict__ sums,
                                     long long pixels, int eights) {
  const Strip strip(eights);
  const long long image = static_cast<long long>(blockIdx.y) * pixels * eights;
  Floats total = {}, squares = {};
  for (long long pixel = strip.first; pixel < pixels; pixel += strip.step) {
    const Floats v = floats_of(x[image + pixel * eights + strip.eight]);
    for (int c = 0; c < 8; ++c) {
      total.of[c] += v.of[c];
      squares.of[c] += v.of[c] * v.of[c];
    }
  }
  add_rows(strip, eights, total, block_sums(sums, eights, 0));
  add_rows(strip, eights, squares, block_sums(sums, eights, 1));
}

// For thread c < size: the sum over blocks of what they have of channel first + c.
__device__ inline double add_blocks(const float* sums, int which, int blocks, int channels,
                                    int first, int size) {
  __shared__ double shared[kThreads];
  const int t = static_cast<int>(threadIdx.x), c = t % size, rows = kThreads / size;
  const float* const own = sums + static_cast<long long>(blockIdx.y) * blocks * 2 * channels +
                           static_cast<long long>(which) * channels + first + c;
  double sum = 0;
  if (t < rows * size) {
    for (int block = t / size; block < blocks; block += rows) {
      sum += static_cast<double>(own[static_cast<long long>(block) * 2 * channels]);
    }
  }
  __syncthreads();
  shared[t] = sum;
  __syncthreads();
  sum = 0;
  for (int row = 0; row < rows && t < size; ++row) sum += shared[row * size + t];
  return sum;
}

// For all threads: the sum of what the first `size` threads have.
__device__ inline double add_threads(double own, int size) {
  __shared__ double shared[kThreads];
  __syncthreads();
  shared[threadIdx.x] = own;
  __syncthreads();
  double sum = 0;
  for (int t = 0; t < size; ++t) sum += shared[t];
  return sum;
}

// What each channel is multiplied by and what is added then: lines[image][2][channel]; means and
// inverse deviations: statistics[image][group][2]. blockIdx.x is the group, of kThreads channels at
// most; each image was in `blocks` parts.
extern "C" __global__ void norm_lines(const float* __restrict__ sums,
                                      const float* __restrict__ scale,
                                      const float* __restrict__ shift, float* __restrict__ lines,
                                      float* __restrict__ statistics, int blocks, int channels,
                                      long long pixels) {
  const int groups = static_cast<int>(gridDim.x), size = channels / groups;
  const int t = static_cast<int>(threadIdx.x), first = static_cast<int>(blockIdx.x) * size;
  const double count = static_cast<double>(pixels) * size;
  const double mean = add_threads(add_blocks(sums, 0, blocks, channels, first, size), size) / count;
  const double squares =
      add_threads(add_blocks(sums, 1, blocks, channels, first, size), size) / count;
  const double variance = squares - mean * mean;
  const double inverse = 1 / sqrt((variance > 0 ? variance : 0) + 1e-5);  // PyTorch's epsilon
  if (t < size) {
    const int c = first + t;
    const double factor = inverse * static_cast<double>(scale[c]);
    float* const own = lines + static_cast<long long>(blockIdx.y) * 2 * channels;
    own[c] = static_cast<float>(factor);
    own[channels + c] = static_cast<float>(static_cast<double>(shift[c]) - mean * factor);
  }
  if (t == 0) {
    float* const own = statistics + 2 * (blockIdx.y * gridDim.x + blockIdx.x);
    own[0] = static_cast<float>(mean);
    own[1] = static_cast<float>(inverse);
  }
}

// The image's part of a tensor, by elements of kThreads each; false beyond its end.
__device__ inline bool element(long long pixels, int eights, long long& i, int& eight) {
  const long long own = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  i = static_cast<long long>(blockIdx.y) * pixels * eights + own;
  eight = static_cast<int>(own % eights);
  return own < pixels * eights;
}

extern "C" __global__ void norm_apply(const Eight* __restrict__ x, const float* __restrict__ lines,
                                      Eight* __restrict__ to, long long pixels, int eights,
                                      int relu) {
  long long i;
  int eight;
  if (!element(pixels, eights, i, eight)) return;
  const int channels = 8 * eights;
  const float* const line = lines + static_cast<long long>(blockIdx.y) * 2 * channels + 8 * eight;
  Floats v = floats_of(x[i]);
  for (int c = 0; c < 8; ++c) {
    v.of[c] = v.of[c] * line[c] + line[channels + c];
    if (relu && !(v.of[c] > 0) && v.of[c] == v.of[c]) v.of[c] = 0;
  }
  to[i] = eight_of(v);
}

// Sums over pixels of the gradients after the ReLU, and of them times the normalised values.
extern "C" __global__ void norm_gradient_sums(const Eight* __restrict__ x,
                                              const Eight* __restrict__ gradient,
                                              const float* __restrict__ lines,
                                              const float* __restrict__ statistics,
                                              float* __restrict__ sums, long long pixels,
                                              int eights, int groups, int relu) {
  const Strip strip(eights);
  const long long image = static_cast<long long>(blockIdx.y) * pixels * eights;
  const int channels = 8 * eights, size = channels / groups;
  Floats factor, offset, mean, inverse;
  for (int c = 0; c < 8; ++c) {
    const int channel = 8 * strip.eight + c;
    const float* const line = lines + static_cast<long long>(blockIdx.y) * 2 * channels + channel;
    const float* const of_group =
        statistics + 2 * (static_cast<int>(blockIdx.y) * groups + channel / size);
    factor.of[c] = line[0];
    offset.of[c] = line[channels];
    mean.of[c] = of_group[0];
    inverse.of[c] = of_group[1];
  }
  Floats total = {}, products = {};
  for (long long pixel = strip.first; pixel < pixels; pixel += strip.step) {
    const long long i = image + pixel * eights + strip.eight;
    const Floats v = floats_of(x[i]), g = floats_of(gradient[i]);
    for (int c = 0; c < 8; ++c) {
      const bool passes = !relu || v.of[c] * factor.of[c] + offset.of[c] > 0;
      const float own = passes ? g.of[c] : 0;
      total.of[c] += own;
      products.of[c] += own * ((v.of[c] - mean.of[c]) * inverse.of[c]);
    }
  }
  add_rows(strip, eights, total, block_sums(sums, eights, 0));
  add_rows(strip, eights, products, block_sums(sums, eights, 1));
}

// What the gradient of the input is made of, gradient * [0] + x * [1] + [2]: lines[image][3][channel];
// and the image's parts of the gradients of scale and shift: [image][channel].
extern "C" __global__ void norm_gradient_lines(const float* __restrict__ sums,
                                               const float* __restrict__ scale,
                                               const float* __restrict__ statistics,
                                               float* __restrict__ lines,
                                               float* __restrict__ of_scale,
                                               float* __restrict__ of_shift, int blocks,
                                               int channels, long long pixels) {
  const int groups = static_cast<int>(gridDim.x), size = channels / groups;
  const int t = static_cast<int>(threadIdx.x), first = static_cast<int>(blockIdx.x) * size;
  const float* const of_group = statistics + 2 * (blockIdx.y * gridDim.x + blockIdx.x);
  const double mean = static_cast<double>(of_group[0]), inverse = static_cast<double>(of_group[1]);
  const double total = add_blocks(sums, 0, blocks, channels, first, size);
  const double product = add_blocks(sums, 1, blocks, channels, first, size);
  const double factor = t < size ? static_cast<double>(scale[first + t]) : 0;
  const double count = static_cast<double>(pixels) * size;
  const double totals = add_threads(factor * total, size) / count;
  const double products = add_threads(factor * product, size) / count;
  if (t >= size) return;
  const int c = first + t;
  float* const own = lines + static_cast<long long>(blockIdx.y) * 3 * channels;
  own[c] = static_cast<float>(factor * inverse);
  own[channels + c] = static_cast<float>(-inverse * inverse * products);
  own[2 * channels + c] =
      static_cast<float>(inverse * inverse * products * mean - inverse * totals);
  of_scale[blockIdx.y * channels + c] = static_cast<float>(product);
  of_shift[blockIdx.y * channels + c] = static_cast<float>(total);
}

extern "C" __global__ void norm_gradient_apply(const Eight* __restrict__ x,
                                               const Eight* __restrict__ gradient,
                                               const float* __restrict__ lines,
                                               const float* __restrict__ gradient_lines,
                                               Eight* __restrict__ to, long long pixels, int eights,
                                               int relu) {
  long long i;
  int eight;
  if (!element(pixels, eights, i, eight)) return;
  const int channels = 8 * eights;
  const long long image = static_cast<long long>(blockIdx.y) * channels;
  const float* const line = lines + 2 * image + 8 * eight;
  const float* const by = gradient_lines + 3 * image + 8 * eight;
  const Floats v = floats_of(x[i]);
  Floats g = floats_of(gradient[i]);
  for (int c = 0; c < 8; ++c) {
    const bool passes = !relu || v.of[c] * line[c] + line[channels + c] > 0;
    g.of[c] = (passes ? g.of[c] : 0) * by[c] + v.of[c] * by[channels + c] + by[2 * channels + c];
  }
  to[i] = eight_of(g);
}

// ---- pooling of squares of 2 x 2 pixels, and the middle part of what is pooled

// The larger value, or the one that is none; of equal ones the first.
__device__ inline bool is_larger(float value, float than) { return value > than || value != value; }

// `count` pooled pixels of all images; `width` is that of the input.
extern "C" __global__ void pool(const Eight* __restrict__ x, Eight* __restrict__ to,
                                long long count, int width, int eights) {
  const long long own = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  const long long pixel = own / eights, row = pixel / (width / 2);
  if (pixel >= count) return;
  const long long above = ((2 * row) * width + 2 * (pixel % (width / 2))) * eights + own % eights;
  const long long below = above + static_cast<long long>(width) * eights;
  Floats largest = floats_of(x[above]);
  const Floats others[3] = {floats_of(x[above + eights]), floats_of(x[below]),
                            floats_of(x[below + eights])};
  for (const Floats& other : others) {
    for (int c = 0; c < 8; ++c) {
      if (is_larger(other.of[c], largest.of[c])) largest.of[c] = other.of[c];
    }
  }
  to[own] = eight_of(largest);
}

// The input's gradient, of that of the pooled and of the middle part, whose first pixel is at
// (top, left) and whose pixels are `stride` eights apart.
extern "C" __global__ void pool_gradient(const Eight* __restrict__ x,
                                         const Eight* __restrict__ of_pooled,
                                         const Eight* __restrict__ of_middle,
                                         Eight* __restrict__ to, long long count, int height,
                                         int width, int eights, int top, int left,
                                         int middle_height, int middle_width, int stride) {
  const long long own = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  const long long pixel = own / eights, row = pixel / (width / 2);
  if (pixel >= count) return;
  const int eight = static_cast<int>(own % eights);
  const long long image = row / (height / 2);
  const int y = 2 * static_cast<int>(row % (height / 2));
  const int column = 2 * static_cast<int>(pixel % (width / 2));
  Floats largest, gradients[4];
  int chosen[8];
  const Floats given = floats_of(of_pooled[own]);
  for (int part = 0; part < 4; ++part) {
    const long long at = (2 * row + part / 2) * width + column + part % 2;
    const Floats v = floats_of(x[at * eights + eight]);
    for (int c = 0; c < 8; ++c) {
      gradients[part].of[c] = 0;
      if (part > 0 && !is_larger(v.of[c], largest.of[c])) continue;
      largest.of[c] = v.of[c];
      chosen[c] = part;
    }
    const int in_y = y + part / 2 - top, in_x = column + part % 2 - left;
    if (in_y < 0 || in_x < 0 || in_y >= middle_height || in_x >= middle_width) continue;
    gradients[part] = floats_of(
        of_middle[((image * middle_height + in_y) * middle_width + in_x) * stride + eight]);
  }
  for (int part = 0; part < 4; ++part) {
    for (int c = 0; c < 8; ++c) {
      if (chosen[c] == part) gradients[part].of[c] += given.of[c];
    }
    const long long at = (2 * row + part / 2) * width + column + part % 2;
    to[at * eights + eight] = eight_of(gradients[part]);
  }
}

// ---- dropout

// Four random words as core/random.hpp's random_words(key, index) gives them: Philox4x32-10.
__device__ inline void draw_words(unsigned long long key, unsigned long long index,
                                  unsigned int words[4]) {
  words[0] = static_cast<unsigned int>(index);
  words[1] = static_cast<unsigned int>(index >> 32);
  words[2] = words[3] = 0;
  unsigned int k0 = static_cast<unsigned int>(key), k1 = static_cast<unsigned int>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const unsigned long long p0 = 0xD2511F53ull * words[0], p1 = 0xCD9E8D57ull * words[2];
    words[0] = static_cast<unsigned int>(p1 >> 32) ^ words[1] ^ k0;
    words[1] = static_cast<unsigned int>(p1);
    words[2] = static_cast<unsigned int>(p0 >> 32) ^ words[3] ^ k1;
    words[3] = static_cast<unsigned int>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

// 0 where a value is dropped, which is where its random word is below the threshold, else 1.
extern "C" __global__ void draw_mask(unsigned char* __restrict__ mask, long long count,
                                     unsigned long long key, unsigned long long threshold) {
  const long long own = static_cast<long long>(blockIdx.x) * kThreads + threadIdx.x;
  if (4 * own >= count) return;
  unsigned int words[4];
  draw_words(key, static_cast<unsigned long long>(own), words);
  for (int i = 0; i < 4 && 4 * own + i < count; ++i) mask[4 * own + i] = words[i] >= threshold;
}
