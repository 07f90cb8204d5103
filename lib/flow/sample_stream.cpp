#include "flow/sample_stream.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <optional>
#include <span>
#include <thread>

#include "core/error.hpp"
#include "core/random.hpp"

namespace unetflow {
namespace {

namespace flow = oneapi::tbb::flow;

/// Ranks of samples in the order of all epochs.
class EpochOrder {
 public:
  EpochOrder(std::uint64_t seed, Index size, std::uint32_t epoch, std::int64_t first)
      : seed_(seed), size_(size), epoch_(epoch), first_(first) {
    shuffle();
  }
  std::uint32_t epoch() const { return epoch_; }
  std::int64_t first() const { return first_; }
  /// The next samples of this epoch, `most` at most; moves on to the next epoch when none is left.
  std::span<const std::int64_t> peek(Index most) {
    if (first_ == size_) {
      ++epoch_;
      first_ = 0;
      shuffle();
    }
    return std::span(ranks_).subspan(static_cast<size_t>(first_),
                                     static_cast<size_t>(std::min<Index>(most, size_ - first_)));
  }
  void advance(Index count) { first_ += count; }

 private:
  void shuffle() { ranks_ = random_permutation(random_key(seed_, Purpose::kOrder, epoch_), size_); }

  std::uint64_t seed_;
  Index size_;
  std::uint32_t epoch_;
  std::int64_t first_;
  std::vector<std::int64_t> ranks_;
};

struct Token;

/// A sample on its way. Nodes hand on pointers to these.
struct Slot {
  Token* token = nullptr;
  Sample sample;
  LabelledPicture* tile = nullptr;
  std::exception_ptr error;
};

/// A batch on its way: the token that bounds what is in flight.
struct Token {
  size_t number = 0;  ///< counted from the stream's first batch
  Batch batch;
  std::vector<Slot> slots;
  std::atomic<Index> unfinished{0};
};

/// Makes room for a batch of these samples, within the memory of earlier ones where it suffices.
void prepare(Token& token, const SampleShape& shape, EpochOrder& order,
             std::span<const std::int64_t> ranks, const std::vector<std::int64_t>& ids) {
  Batch& batch = token.batch;
  const auto size = static_cast<Index>(ranks.size());
  const Index input = shape.channels * shape.input_size * shape.input_size;
  const Index output = shape.output_size * shape.output_size;
  batch.size = size;
  batch.channels = shape.channels;
  batch.input_size = shape.input_size;
  batch.output_size = shape.output_size;
  batch.epoch = order.epoch();
  batch.first = order.first();
  batch.input.resize(static_cast<size_t>(size * input));
  batch.label.resize(static_cast<size_t>(size * output));
  batch.weight.resize(static_cast<size_t>(size * output));
  batch.samples.clear();
  token.slots.resize(ranks.size());
  for (Index i = 0; i < size; ++i) {
    const Index rank = ranks[static_cast<size_t>(i)];
    batch.samples.push_back(ids[static_cast<size_t>(rank)]);
    token.slots[static_cast<size_t>(i)] = {
        &token,
        {order.epoch(),
         rank,
         {batch.input.data() + i * input, shape.channels, shape.input_size, shape.input_size},
         {batch.label.data() + i * output, shape.output_size, shape.output_size},
         {batch.weight.data() + i * output, shape.output_size, shape.output_size}},
        nullptr,
        nullptr};
  }
  token.unfinished = size;
}

Index divided_up(Index a, Index b) { return (a + b - 1) / b; }

/// Batches from the configured start to the end.
Index count_batches(const StreamConfig& config, Index samples) {
  if (config.first_epoch >= config.epochs) return 0;
  return divided_up(samples - config.first_sample, config.batch) +
         (config.epochs - config.first_epoch - 1) * divided_up(samples, config.batch);
}

}  // namespace

struct SampleStream::State {
  StreamConfig config;
  std::unique_ptr<SampleSource> source;
  EpochOrder order;
  Index batches_left_to_order;
  Index batches_left_to_deliver;
  std::vector<Token> tokens;
  std::atomic<bool> stopped{false};

  // The trainer's side.
  oneapi::tbb::concurrent_bounded_queue<Token*> ready;
  Token* with_trainer = nullptr;
  std::exception_ptr error;
  double seconds_waited = 0;

  struct Graph;
  oneapi::tbb::task_arena arena;
  std::unique_ptr<Graph> graph;
  std::thread thread;

  State(const StreamConfig& config_, std::unique_ptr<SampleSource> source_);
  ~State();
};

/// The drawing at the head of sample_stream.hpp.
struct SampleStream::State::Graph {
  using OrderNode = flow::multifunction_node<Token*, std::tuple<Slot*>>;
  using ReadNode = flow::function_node<Slot*, Slot*>;
  using MakeNode = flow::multifunction_node<Slot*, std::tuple<Token*>>;

  flow::graph graph;
  OrderNode order;
  ReadNode read;
  MakeNode make;
  flow::sequencer_node<Token*> sequence;
  flow::function_node<Token*> deliver;

  explicit Graph(State& s)
      : order(graph, flow::serial,
              [&s, number = size_t{0}](Token* token, OrderNode::output_ports_type& out) mutable {
                if (s.stopped || s.batches_left_to_order == 0) return;
                const auto ranks = s.order.peek(s.config.batch);
                prepare(*token, s.source->shape(), s.order, ranks, s.source->ids());
                s.order.advance(token->batch.size);
                token->number = number++;
                --s.batches_left_to_order;
                for (Slot& slot : token->slots) std::get<0>(out).try_put(&slot);
              }),
        read(graph, flow::serial,
             [&s](Slot* slot) {
               if (s.stopped) return slot;
               try {
                 slot->tile = s.source->read(slot->sample);
               } catch (...) {
                 slot->error = std::current_exception();
               }
               return slot;
             }),
        make(graph, static_cast<size_t>(s.config.threads),
             [&s](Slot* slot, MakeNode::output_ports_type& out) {
               try {
                 if (slot->tile != nullptr && !s.stopped) {
                   s.source->make(slot->sample, slot->tile);
                 }
               } catch (...) {
                 slot->error = std::current_exception();
               }
               if (--slot->token->unfinished == 0) std::get<0>(out).try_put(slot->token);
             }),
        sequence(graph, [](const Token* token) { return token->number; }),
        deliver(graph, flow::serial, [&s](Token* token) { s.ready.push(token); }) {
    flow::make_edge(flow::output_port<0>(order), read);
    flow::make_edge(read, make);
    flow::make_edge(flow::output_port<0>(make), sequence);
    flow::make_edge(sequence, deliver);
  }
};

SampleStream::State::State(const StreamConfig& config_, std::unique_ptr<SampleSource> source_)
    : config(config_),
      source(std::move(source_)),
      order(config.seed, static_cast<Index>(source->ids().size()), config.first_epoch,
            config.first_sample),
      batches_left_to_order(count_batches(config, static_cast<Index>(source->ids().size()))),
      batches_left_to_deliver(batches_left_to_order),
      tokens(static_cast<size_t>(3 + divided_up(config.threads, config.batch))),
      arena(config.threads) {
  // A graph runs in the arena that it is made in.
  arena.execute([this] { graph = std::make_unique<Graph>(*this); });
  // Between batches there is nothing to do in the graph, which is not its end.
  graph->graph.reserve_wait();
  for (Token& token : tokens) graph->order.try_put(&token);
  // oneTBB may have no worker to spare, nor gives one to tasks that nobody waits for.
  thread = std::thread([this] { graph->graph.wait_for_all(); });
}

SampleStream::State::~State() {
  stopped = true;
  graph->graph.release_wait();
  thread.join();
}

SampleStream::SampleStream(const StreamConfig& config, std::unique_ptr<SampleSource> source) {
  const auto samples = static_cast<std::int64_t>(source->ids().size());
  if (config.first_sample < 0 || config.first_sample > samples) {
    throw Error(fmt::format("a stream of {} samples an epoch cannot begin at sample {}", samples,
                            config.first_sample));
  }
  source->check_epochs(config.first_epoch, config.epochs);
  state_ = std::make_unique<State>(config, std::move(source));
}

SampleStream::~SampleStream() = default;

const Batch* SampleStream::next() {
  State& s = *state_;
  if (s.error) std::rethrow_exception(s.error);
  if (s.with_trainer != nullptr) {
    s.graph->order.try_put(s.with_trainer);
    s.with_trainer = nullptr;
  }
  if (s.batches_left_to_deliver == 0) return nullptr;
  Token* token = nullptr;
  if (!s.ready.try_pop(token)) {
    const auto start = std::chrono::steady_clock::now();
    s.ready.pop(token);
    s.seconds_waited +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  for (const Slot& slot : token->slots) {
    if (!slot.error) continue;
    s.stopped = true;
    s.error = slot.error;
    std::rethrow_exception(s.error);
  }
  --s.batches_left_to_deliver;
  s.with_trainer = token;
  return &token->batch;
}

double SampleStream::seconds_waited() const { return state_->seconds_waited; }
const SampleShape& SampleStream::shape() const { return state_->source->shape(); }
Index SampleStream::samples_per_epoch() const {
  return static_cast<Index>(state_->source->ids().size());
}
Index SampleStream::batches_in_memory() const { return static_cast<Index>(state_->tokens.size()); }

}  // namespace unetflow
