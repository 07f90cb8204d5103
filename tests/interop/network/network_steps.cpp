// Trains a network for a few steps on noise and writes down all that PyTorch needs to do the same:
// network_steps CASE.json OUT.safetensors. The case has "network", "optimiser", "schedule", "loss",
// "batch", "input" (its side) and "steps".
#include <ATen/ATen.h>
#include <fmt/format.h>

#include <iostream>

#include "core/config.hpp"
#include "network/architecture.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"
#include "training/ema.hpp"
#include "training/optimiser.hpp"

using namespace unetflow;

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: network_steps CASE.json OUT.safetensors\n";
    return 2;
  }
  const Json json = load_json(argv[1]);
  const auto config = json.at("network").get<NetworkConfig>();
  const auto optimiser_config = json.at("optimiser").get<OptimiserConfig>();
  const auto schedule = json.at("schedule").get<ScheduleConfig>();
  const auto loss_config = json.at("loss").get<LossConfig>();
  const auto batch = json.at("batch").get<std::int64_t>();
  const auto side = json.at("input").get<Index>();
  const auto steps = json.at("steps").get<std::int64_t>();
  const Index output = geometry_of(config).output_size(side);

  at::manual_seed(1);
  const at::Tensor input = at::rand({batch, config.channels, side, side});
  const at::Tensor label = at::randint(config.classes, {batch, output, output}, at::kLong);
  const at::Tensor weight = at::rand({batch, output, output}) * 10;

  const auto network = make_network(config, 1);
  network->to({});
  Optimiser optimiser(optimiser_config, *network);
  Ema ema(0.7, *network);

  Tensors out = {{"input", to_plain(input)},
                 {"label", to_plain(label.to(at::kFloat))},
                 {"weight", to_plain(weight)}};
  out.merge(named("first/", *network, values_of(*network)));
  std::vector<float> losses, rates;
  for (std::int64_t step = 0; step < steps; ++step) {
    const at::Tensor logits =
        network->forward(input.contiguous(at::MemoryFormat::ChannelsLast), {});
    const at::Tensor loss = segmentation_loss(loss_config, logits, label, weight);
    losses.push_back(loss.item<float>());
    loss.backward();
    rates.push_back(
        static_cast<float>(learning_rate(schedule, optimiser_config.learning_rate, step, steps)));
    optimiser.step(rates.back(), step);
    ema.update(step);
    if (step == 0) out.merge(named("second/", *network, values_of(*network)));
  }
  out.merge(named("last/", *network, values_of(*network)));
  out.merge(ema.state());
  out["losses"] = Tensor::of({steps}, losses);
  out["rates"] = Tensor::of({steps}, rates);
  const at::Tensor logits = network->forward(input, {});
  out["logits"] = to_plain(logits);
  out["loss"] = to_plain(segmentation_loss(loss_config, logits, label, weight));
  write_safetensors(argv[2], out);
}
