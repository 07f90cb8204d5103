#include "network/network.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "convolution/convolution.hpp"
#include "convolution/pointwise.hpp"
#include "core/error.hpp"
#include "core/random.hpp"
#include "gpu/dropout_mask.hpp"
#include "gpu/nhwc.hpp"
#include "network/gpu_convolution.hpp"
#include "network/group_norm.hpp"

namespace unetflow {

void Network::to(const Arithmetic& arithmetic) {
  arithmetic_ = arithmetic;
  for (auto& parameter : parameters_) {
    at::Tensor value = parameter.value.detach().to(arithmetic.device);
    // Copied into the layout: contiguous() leaves the weights of one incoming channel as they are,
    // and their strides would not tell the first convolution which layout is meant.
    if (value.dim() == 4) {
      value = at::empty(value.sizes(), value.options(), arithmetic.layout).copy_(value);
    }
    parameter.value.set_data(value);
  }
}

at::Tensor Network::convolved(const at::Tensor& input, const at::Tensor& weight,
                              const at::Tensor& bias, std::int64_t padding) const {
  if (arithmetic_.winograd) return winograd_convolution(input, weight, bias, padding);
  return input.is_cuda() ? gpu_convolution(input, weight, bias, padding, false)
                         : at::conv2d(input, weight, bias, 1, padding);
}

at::Tensor Network::convolved_relu(const at::Tensor& input, const at::Tensor& weight,
                                   const at::Tensor& bias, std::int64_t padding) const {
  if (arithmetic_.winograd) return winograd_convolution(input, weight, bias, padding, true);
  return input.is_cuda() ? gpu_convolution(input, weight, bias, padding, true)
                         : at::conv2d(input, weight, bias, 1, padding).relu_();
}

at::Tensor Network::mixed(const at::Tensor& input, const at::Tensor& weight,
                          const at::Tensor& bias) const {
  if (arithmetic_.winograd) return pointwise_convolution(input, weight, bias);
  return input.is_cuda() ? gpu_convolution(input, weight, bias, 0, false)
                         : at::conv2d(input, weight, bias);
}

at::Tensor Network::doubled(const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias) const {
  return arithmetic_.winograd ? up_convolution(input, weight, bias)
                              : at::conv_transpose2d(input, weight, bias, 2);
}

at::Tensor Network::group_normalised(const at::Tensor& input, std::int64_t groups,
                                     const at::Tensor& scale, const at::Tensor& shift,
                                     bool relu) const {
  if (arithmetic_.winograd) return unetflow::group_normalised(input, groups, scale, shift, relu);
  if (suits_gpu_groups(input, groups)) {
    return gpu_group_normalised(input, groups, scale, shift, relu);
  }
  at::Tensor normalised = at::group_norm(input, groups, scale, shift);
  return relu ? normalised.relu_() : normalised;
}

at::Tensor Network::add(const std::string& name, at::IntArrayRef shape, Draw draw, double spread) {
  at::Tensor value = at::zeros(shape);
  if (draw == Draw::kOnes) value.fill_(1);
  if (seed_ && (draw == Draw::kNormal || draw == Draw::kUniform)) {
    const std::uint64_t key = random_key(*seed_, Purpose::kInitialisation, 0, parameters_.size());
    float* values = value.data_ptr<float>();
    at::parallel_for(0, value.numel(), 1 << 16, [&](std::int64_t begin, std::int64_t end) {
      for (auto i = begin; i < end; ++i) {
        const auto index = static_cast<std::uint64_t>(i);
        values[i] = static_cast<float>(spread * (draw == Draw::kNormal
                                                     ? random_normal(key, index)
                                                     : 2 * random_uniform(key, index) - 1));
      }
    });
  }
  value.requires_grad_();
  parameters_.push_back({name, value});
  return value;
}

at::Tensor Network::with_dropout(const at::Tensor& values, std::optional<std::uint64_t> key,
                                 std::uint64_t number) const {
  if (!key || config_.dropout == 0) return values;
  return masks_ != nullptr ? masks_->dropped(values, config_.dropout, number)
                           : dropped(values, config_.dropout, *key + number);
}

namespace {

/// Values are dropped whose random word of 32 bits is below.
std::uint64_t threshold_of(double probability) {
  return static_cast<std::uint64_t>(probability * 0x1p32);
}

/// A number for each value: 0 where it is dropped, else `kept`. Its memory may be pinned.
template <class T>
at::Tensor drawn_mask(std::int64_t count, double probability, std::uint64_t key, T kept,
                      bool pinned) {
  const std::int64_t blocks = (count + 3) / 4;
  const auto type = c10::CppTypeToScalarType<T>::value;
  at::Tensor mask = at::empty(4 * blocks, at::dtype(type).pinned_memory(pinned));
  T* const mask_values = mask.data_ptr<T>();
  const std::uint64_t threshold = threshold_of(probability);
  at::parallel_for(0, blocks, 1 << 12, [&](std::int64_t begin, std::int64_t end) {
    for (auto block = begin; block < end; ++block) {
      const PhiloxBlock words = random_words(key, static_cast<std::uint64_t>(block));
      for (size_t i = 0; i < 4; ++i) {
        mask_values[4 * block + static_cast<std::int64_t>(i)] = words[i] < threshold ? T{0} : kept;
      }
    }
  });
  return mask.narrow(0, 0, count);
}

float scale_of(double probability) { return static_cast<float>(1 / (1 - probability)); }

}  // namespace

at::Tensor dropped(const at::Tensor& values, double probability, std::uint64_t key) {
  const at::Tensor mask =
      drawn_mask(values.numel(), probability, key, scale_of(probability), false);
  return values * mask.view(values.sizes()).to(values.options());
}

void DropoutMasks::draw(double probability, std::uint64_t key) {
  for (auto& [number, mask] : masks_) {
    if (draw_mask_on_gpu(mask, key + number, threshold_of(probability))) continue;
    const at::Tensor drawn =
        drawn_mask(mask.numel(), probability, key + number, std::uint8_t{1}, mask.is_cuda());
    mask.copy_(drawn.view(mask.sizes()), /*non_blocking=*/true);
  }
}

at::Tensor DropoutMasks::dropped(const at::Tensor& values, double probability,
                                 std::uint64_t number) {
  at::Tensor& mask = masks_[number];
  if (!mask.defined())
    mask = at::ones(values.sizes(), at::dtype(at::kByte).device(values.device()));
  return values * (mask.to(values.scalar_type()) * scale_of(probability));
}

Tensor to_plain(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kCPU).contiguous();
  return Tensor::of(values.sizes().vec(),
                    {values.const_data_ptr<float>(), static_cast<size_t>(values.numel())});
}

at::Tensor from_plain(const Tensor& tensor) {
  at::Tensor values = at::empty(tensor.shape);
  std::memcpy(values.data_ptr<float>(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

Tensors named(const std::string& prefix, const Network& network,
              const std::vector<at::Tensor>& values) {
  Tensors tensors;
  for (size_t i = 0; i < values.size(); ++i) {
    tensors.emplace(prefix + network.parameters()[i].name, to_plain(values[i]));
  }
  return tensors;
}

void set_named(const std::string& prefix, const Network& network,
               const std::vector<at::Tensor>& values, const Tensors& tensors) {
  const at::NoGradGuard no_gradients;
  for (size_t i = 0; i < values.size(); ++i) {
    values[i].copy_(from_plain(tensors.at(prefix + network.parameters()[i].name)));
  }
}

void check_values(const Tensor& tensor, const std::string& name, const std::string& place,
                  bool squares) {
  if (tensor.dtype != "F32") {
    throw InputError(
        place, fmt::format("tensor \"{}\" has the type {}, expected F32", name, tensor.dtype));
  }
  for (size_t i = 0; i < tensor.bytes.size() / sizeof(float); ++i) {
    float value = 0;
    std::memcpy(&value, &tensor.bytes[i * sizeof value], sizeof value);
    if (squares ? value >= 0 : std::isfinite(value)) continue;
    throw InputError(place, fmt::format("tensor \"{}\" has the value {} at {}, expected {}", name,
                                        value, i, squares ? "squares" : "finite numbers"));
  }
}

void check_tensors(const Network& network, const std::vector<TensorGroup>& groups,
                   const Tensors& tensors, const std::string& place) {
  std::set<std::string> expected;
  for (const auto& [prefix, squares] : groups) {
    for (const auto& parameter : network.parameters()) {
      const std::string name = prefix + parameter.name;
      const auto found = tensors.find(name);
      if (found == tensors.end()) {
        throw InputError(place, fmt::format("has no tensor \"{}\", which the network needs", name));
      }
      if (found->second.shape != parameter.value.sizes().vec()) {
        throw InputError(
            place, fmt::format("tensor \"{}\" has the shape [{}], the network's has [{}]", name,
                               fmt::join(found->second.shape, ", "),
                               fmt::join(parameter.value.sizes(), ", ")));
      }
      check_values(found->second, name, place, squares);
      expected.insert(name);
    }
  }
  for (const auto& [name, tensor] : tensors) {
    if (!expected.contains(name)) {
      throw InputError(place,
                       fmt::format("has a tensor \"{}\", which the network does not have", name));
    }
  }
}

Tensors weights_of(const Network& network) { return named("", network, values_of(network)); }

void set_weights(Network& network, const Tensors& weights, const std::string& place) {
  check_tensors(network, {TensorGroup{""}}, weights, place);
  set_named("", network, values_of(network), weights);
}

std::vector<at::Tensor> values_of(const Network& network) {
  std::vector<at::Tensor> values;
  for (const auto& parameter : network.parameters()) values.push_back(parameter.value.detach());
  return values;
}

}  // namespace unetflow
