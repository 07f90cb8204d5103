#include "training/ema.hpp"

#include <gmock/gmock.h>

#include "network/network.hpp"

namespace unetflow {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

/// A network that is one number.
class One final : public Network {
 public:
  One() : Network({}, 1) { value = add("one", {1}, Draw::kOnes); }
  at::Tensor forward(at::Tensor input, std::optional<std::uint64_t>) const override {
    return input;
  }
  void become(float number) { value.detach().fill_(number); }
  at::Tensor value;
};

TEST(Ema, IsAPlainMeanAtFirstThenExponential) {
  One network;
  Ema average(0.5, network);
  const auto after = [&](float number, std::int64_t update) {
    network.become(number);
    average.update(update);
    return average.weights().at("one").floats();
  };
  EXPECT_THAT(after(2, 0), ElementsAre(2));
  EXPECT_THAT(after(4, 1), ElementsAre(FloatNear(3, 1e-6F)));
  EXPECT_THAT(after(7, 2), ElementsAre(FloatNear(5, 1e-6F)));  // decay 0.5, not 2/3
  EXPECT_THAT(network.value.item<float>(), 7);
}

TEST(Ema, ExchangesItsAveragesForTheWeightsAndBack) {
  One network;
  Ema average(0.5, network);
  network.become(2);
  average.update(0);
  network.become(4);
  average.exchange();
  EXPECT_THAT(network.value.item<float>(), 2);
  EXPECT_THAT(average.weights().at("one").floats(), ElementsAre(4));
  average.exchange();
  EXPECT_THAT(network.value.item<float>(), 4);
  EXPECT_THAT(average.weights().at("one").floats(), ElementsAre(2));
}

TEST(Ema, ResumesFromItsStateBitForBit) {
  One network;
  Ema whole(0.9, network), first(0.9, network), second(0.9, network);
  for (std::int64_t update = 0; update < 10; ++update) {
    network.become(0.1F * static_cast<float>(update * update));
    whole.update(update);
    (update < 5 ? first : second).update(update);
    if (update == 4) second.set_state(first.state());
  }
  EXPECT_EQ(second.weights().at("one").floats(), whole.weights().at("one").floats());
}

}  // namespace
}  // namespace unetflow
