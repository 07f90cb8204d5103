#include "network/network.hpp"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <fmt/ranges.h>

#include <cstring>

#include "core/error.hpp"
#include "core/random.hpp"
#include "sample/tile_grid.hpp"

namespace unetflow {

Index network_output_size(const NetworkConfig& config, Index input) {
  return unet_output_size(input, config.depth);
}

Index network_margin(const NetworkConfig& config) {
  const Index input = nearest_unet_input_sizes(1, config.depth).second;
  return (input - unet_output_size(input, config.depth)) / 2;
}

Index pooling_stride(const NetworkConfig& config) { return Index{1} << config.depth; }

Index nearest_output_size(const NetworkConfig& config, Index wished) {
  const Index margin = network_margin(config);
  return nearest_unet_input_sizes(wished + 2 * margin, config.depth).second - 2 * margin;
}

void check_network_takes(const NetworkConfig& config, Index channels, Index classes, Index input,
                         Index output, const std::string& place) {
  if (channels != config.channels) {
    throw InputError(place + " at /network/channels",
                     fmt::format("is {}, but the tiles have {}", config.channels, channels));
  }
  if (classes != config.classes) {
    throw InputError(place + " at /network/classes",
                     fmt::format("is {}, but the tiles have {}", config.classes, classes));
  }
  check_tile_sizes({input, output, 1, config.depth, {}}, place + " and its tiles");
}

void Network::to(at::Device device) {
  for (auto& parameter : parameters_) {
    at::Tensor value = parameter.value.detach().to(device);
    if (value.dim() == 4) value = value.contiguous(at::MemoryFormat::ChannelsLast);
    parameter.value.set_data(value);
  }
}

at::Tensor Network::add(const std::string& name, at::IntArrayRef shape, Draw draw, double spread) {
  at::Tensor value = at::zeros(shape);
  if (draw == Draw::kOnes) value.fill_(1);
  if (draw == Draw::kNormal || draw == Draw::kUniform) {
    const std::uint64_t key = random_key(seed_, Purpose::kInitialisation, 0, parameters_.size());
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

std::unique_ptr<Network> make_network(const NetworkConfig& config, std::uint64_t seed) {
  return make_unet(config, seed);
}

at::Tensor dropped(const at::Tensor& values, double probability, std::uint64_t key) {
  at::Tensor mask = at::empty(values.sizes());
  float* mask_values = mask.data_ptr<float>();
  const auto scale = static_cast<float>(1 / (1 - probability));
  const auto threshold = static_cast<std::uint64_t>(probability * 0x1p32);
  for (std::int64_t i = 0; i < mask.numel(); i += 4) {
    const PhiloxBlock words = random_words(key, static_cast<std::uint64_t>(i / 4));
    for (std::int64_t j = 0; j < 4 && i + j < mask.numel(); ++j) {
      mask_values[i + j] = words[static_cast<size_t>(j)] < threshold ? 0 : scale;
    }
  }
  return values * mask.to(values.options());
}

Tensor to_plain(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kCPU).contiguous();
  return Tensor::of(values.sizes().vec(),
                    {values.const_data_ptr<float>(), static_cast<size_t>(values.numel())});
}

at::Tensor from_plain(const Tensor& tensor) {
  if (tensor.dtype != "F32") throw Error("a tensor of type " + tensor.dtype + ", expected F32");
  at::Tensor values = at::empty(tensor.shape);
  std::memcpy(values.data_ptr<float>(), tensor.bytes.data(), tensor.bytes.size());
  return values;
}

Tensors weights_of(const Network& network) {
  Tensors tensors;
  for (const auto& [name, value] : network.parameters()) tensors.emplace(name, to_plain(value));
  return tensors;
}

void set_weights(Network& network, const Tensors& weights, const std::string& place) {
  const at::NoGradGuard no_gradients;
  for (const auto& [name, value] : network.parameters()) {
    const auto found = weights.find(name);
    if (found == weights.end()) {
      throw InputError(place, fmt::format("has no tensor \"{}\", which the network needs", name));
    }
    if (found->second.shape != value.sizes().vec()) {
      throw InputError(
          place, fmt::format("tensor \"{}\" has the shape [{}], the network's has [{}]", name,
                             fmt::join(found->second.shape, ", "), fmt::join(value.sizes(), ", ")));
    }
    value.copy_(from_plain(found->second));
  }
  if (weights.size() != network.parameters().size()) {
    throw InputError(place, fmt::format("has {} tensors, the network has {}", weights.size(),
                                        network.parameters().size()));
  }
}

Autocast::Autocast(at::DeviceType device, bool enabled) : device_(device), enabled_(enabled) {
  if (!enabled_) return;
  at::autocast::set_autocast_enabled(device_, true);
  at::autocast::set_autocast_dtype(device_, at::kBFloat16);
  at::autocast::increment_nesting();
}

Autocast::~Autocast() {
  if (!enabled_) return;
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, false);
}

at::Device choose_device(const std::string& name) {
  if (name == "cuda" && !at::hasCUDA()) {
    throw InputError("--config at /device",
                     "is \"cuda\", but there is no GPU that LibTorch can use");
  }
  return name == "cuda" || (name == "auto" && at::hasCUDA()) ? at::kCUDA : at::kCPU;
}

}  // namespace unetflow
