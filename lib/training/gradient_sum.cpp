#include "training/gradient_sum.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "communication/ordered_sum.hpp"
#include "core/error.hpp"
#include "network/network.hpp"
#include "training/nccl_sum.hpp"

namespace unetflow {
namespace {

constexpr std::int64_t kLeast = 1 << 20;  // numbers in a bucket, but for the last

struct Bucket {
  at::Tensor values;                    // of all its parameters
  std::vector<std::size_t> parameters;  // their numbers
  std::size_t missing = 0;              // gradients of this round
  bool touched = false;                 // in this round
};

/// Where a parameter's gradient goes.
struct Place {
  std::size_t bucket = 0;
  at::Tensor values;  // in the bucket, laid out like the parameter; undefined: it has no gradient
};

}  // namespace

struct GradientSum::State {
  Communicator& processes;
  const Network& network;
  std::vector<std::pair<at::Tensor, unsigned>> hooks;
  std::vector<std::size_t> order;  // of parameters in the first backward pass
  std::vector<Bucket> buckets;
  std::vector<Place> places;  // of parameters
  std::unique_ptr<ArraySum> sum;
  OrderedSum* timed = nullptr;      // the same on a CPU
  std::vector<at::Tensor> earlier;  // gradients of the rounds before, on a GPU
  Round round;
  std::size_t started = 0;  // buckets
  std::int64_t rounds = 0;

  State(Communicator& processes_, const Network& network_)
      : processes(processes_), network(network_), places(network.parameters().size()) {
    for (std::size_t i = 0; i < places.size(); ++i) {
      const at::Tensor& value = network.parameters()[i].value;
      if (!value.requires_grad()) continue;  // frozen
      hooks.emplace_back(value, value.register_hook([this, i](const at::Tensor& gradient) {
        if (sum) {
          take(i, gradient);
        } else {
          order.push_back(i);
        }
      }));
    }
  }
  ~State() {
    for (const auto& [value, hook] : hooks) value.remove_hook(hook);
  }

  /// There each round is a sum of its own, and the gradients are the sums of rounds: all of it can
  /// be recorded.
  bool on_gpu() const { return !network.arithmetic().device.is_cpu(); }
  bool has_batch() const { return processes.rank() < round.summands; }

  void make_buckets() {
    // The first process always has a batch.
    const std::string all = processes
                                .all({reinterpret_cast<const char*>(order.data()),
                                      order.size() * sizeof(order.front())})
                                .front();
    order.resize(all.size() / sizeof(std::size_t));
    std::memcpy(order.data(), all.data(), all.size());
    std::vector<std::int64_t> sizes;
    for (const std::size_t i : order) {
      if (sizes.empty() || sizes.back() >= kLeast) {
        buckets.emplace_back();
        sizes.push_back(0);
      }
      buckets.back().parameters.push_back(i);
      sizes.back() += network.parameters()[i].value.numel();
    }
    std::vector<std::span<float>> arrays;
    for (std::size_t b = 0; b < buckets.size(); ++b) {
      buckets[b].values =
          at::zeros({sizes[b]}, at::dtype(at::kFloat).device(network.arithmetic().device));
      std::int64_t offset = 0;
      for (const std::size_t i : buckets[b].parameters) {
        const at::Tensor& value = network.parameters()[i].value;
        places[i] = {b, buckets[b].values.as_strided(value.sizes(), value.strides(), offset)};
        offset += value.numel();
      }
      arrays.emplace_back(buckets[b].values.data_ptr<float>(), static_cast<std::size_t>(sizes[b]));
    }
    if (on_gpu()) {
      sum = make_nccl_sum(processes, arrays);
      if (!sum) {
        throw InputError("/device",
                         "is a GPU, where several processes train by NCCL, and this "
                         "program is built without it: expected \"cpu\", or one process");
      }
    } else {
      auto ordered = std::make_unique<OrderedSum>(processes, arrays);
      timed = ordered.get();
      sum = std::move(ordered);
    }
  }

  void begin() {
    started = 0;
    earlier.clear();
    for (const auto& parameter : network.parameters()) {
      earlier.push_back(std::exchange(parameter.value.mutable_grad(), {}));
    }
    expect_all();
  }

  void expect_all() {
    for (Bucket& bucket : buckets) {
      bucket.missing = bucket.parameters.size();
      bucket.touched = false;
    }
  }

  void take(std::size_t parameter, const at::Tensor& gradient) {
    const at::NoGradGuard no_gradients;
    const Place& place = places[parameter];
    Bucket& bucket = buckets[place.bucket];
    // For the round before; on a GPU all has waited for that.
    if (!std::exchange(bucket.touched, true) && !on_gpu()) sum->wait(place.bucket);
    place.values.copy_(gradient);
    --bucket.missing;
    while (started < buckets.size() && buckets[started].missing == 0) sum->start(started++, round);
  }

  void finish() {
    if (!sum) {
      make_buckets();
      expect_all();
      for (const std::size_t i : order) {
        if (has_batch()) take(i, network.parameters()[i].value.grad());
      }
    }
    while (started < buckets.size()) sum->start(started++, round);
    ++rounds;
    for (const auto& parameter : network.parameters()) parameter.value.mutable_grad().reset();
    if (!round.ends && !on_gpu()) return;
    const at::NoGradGuard no_gradients;
    for (std::size_t b = 0; b < buckets.size(); ++b) sum->wait(b);
    for (const std::size_t i : order) {
      at::Tensor& gradient = network.parameters()[i].value.mutable_grad();
      if (!on_gpu()) {
        gradient = places[i].values;
      } else {
        gradient =
            earlier[i].defined() ? earlier[i].add_(places[i].values) : places[i].values.clone();
      }
    }
  }
};

GradientSum::GradientSum(Communicator& processes, const Network& network)
    : state_(std::make_unique<State>(processes, network)) {}
GradientSum::~GradientSum() = default;

void GradientSum::begin(const Round& round) {
  state_->round = round;
  state_->begin();
}

void GradientSum::finish() { state_->finish(); }

Json GradientSum::timing() const {
  if (state_->timed == nullptr || state_->rounds == 0) return Json::object();
  const double scale = 1000 / static_cast<double>(state_->rounds);
  return {{"milliseconds_summing", scale * state_->timed->worked()},
          {"milliseconds_waiting_for_sums", scale * state_->timed->waited()}};
}

}  // namespace unetflow
