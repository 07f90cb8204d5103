#include "flow/sample_stream.hpp"

#include <fmt/format.h>
#include <oneapi/tbb/concurrent_queue.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <optional>
#include <span>
#include <system_error>
#include <thread>

#include "core/error.hpp"
#include "core/random.hpp"
#include "flow/handover.hpp"

namespace unetflow {
namespace {

namespace flow = oneapi::tbb::flow;

/// The order of samples, epoch after epoch.
class EpochOrder {
 public:
  /// Samples that follow each other in an epoch.
  struct Run {
    std::uint32_t epoch = 0;
    std::int64_t first = 0;               ///< place of the first in the epoch's order
    std::span<const std::int64_t> ranks;  ///< valid until the next call
  };

  EpochOrder(std::uint64_t seed, Index size, std::uint32_t epoch, std::int64_t first)
      : seed_(seed), size_(size), epoch_(epoch), first_(first) {
    shuffle();
  }
  /// The next samples: at most `most`, all of the same epoch.
  Run next(Index most) {
    if (first_ == size_) {
      ++epoch_;
      first_ = 0;
      shuffle();
    }
    const auto begin = static_cast<size_t>(first_);
    const auto count = std::min<Index>(most, size_ - first_);
    first_ += count;
    return {epoch_, first_ - count, std::span(ranks_).subspan(begin, static_cast<size_t>(count))};
  }

 private:
  void shuffle() { ranks_ = random_permutation(random_key(seed_, Purpose::kOrder, epoch_), size_); }

  std::uint64_t seed_;
  Index size_;
  std::uint32_t epoch_;
  std::int64_t first_;
  std::vector<std::int64_t> ranks_;
};

struct Token;

/// A sample in the graph; nodes pass pointers to it.
struct Slot {
  Token* token = nullptr;
  Sample sample;
  RawSample* raw = nullptr;
  std::exception_ptr error;
};

/// A batch in the graph. Their number bounds the work in flight.
struct Token {
  size_t number = 0;  ///< counted from the stream's first batch
  Batch batch;
  std::vector<Slot> slots;
  std::atomic<Index> unfinished{0};

  explicit Token(std::pmr::memory_resource* memory) : batch(memory) {}
};

/// Makes the token the batch of these samples, which are still to be made.
void begin_batch(Token& token, const SampleSource& source, const EpochOrder::Run& run) {
  const SampleShape& shape = source.shape();
  const Index inputs = shape.channels * shape.input_size * shape.input_size;
  const Index outputs = shape.output_size * shape.output_size;
  Batch& batch = token.batch;
  batch.size = static_cast<Index>(run.ranks.size());
  batch.channels = shape.channels;
  batch.input_size = shape.input_size;
  batch.output_size = shape.output_size;
  batch.input.resize(static_cast<size_t>(batch.size * inputs));
  batch.label.resize(static_cast<size_t>(batch.size * outputs));
  batch.weight.resize(static_cast<size_t>(batch.size * outputs));
  batch.epoch = run.epoch;
  batch.first = run.first;
  batch.samples.clear();
  token.slots.clear();
  for (const std::int64_t rank : run.ranks) {
    const auto i = static_cast<Index>(token.slots.size());
    float* const input = batch.input.data() + i * inputs;
    std::uint8_t* const label = batch.label.data() + i * outputs;
    float* const weight = batch.weight.data() + i * outputs;
    batch.samples.push_back(source.ids()[static_cast<size_t>(rank)]);
    token.slots.push_back({&token,
                           {run.epoch,
                            rank,
                            {input, shape.channels, shape.input_size, shape.input_size},
                            {label, shape.output_size, shape.output_size},
                            {weight, shape.output_size, shape.output_size}},
                           nullptr,
                           nullptr});
  }
  token.unfinished = batch.size;
}

/// The next batch of this process's share.
EpochOrder::Run next_batch(EpochOrder& order, const StreamConfig& config) {
  EpochOrder::Run run = order.next(config.batch);
  while (!config.share.holds(run.first / config.batch)) run = order.next(config.batch);
  return run;
}

/// How many samples before it is read the source is told of one: enough reads at once to hide what
/// each waits for.
constexpr Index kSamplesAhead = 32;

/// Batches from the configured start to the end.
Index count_batches(const StreamConfig& config, Index samples) {
  if (config.first_epoch >= config.epochs) return 0;
  const auto in_epoch = [&](std::int64_t first_sample) {
    Index count = 0;
    for (Index first = first_sample; first < samples; first += config.batch) {
      count += config.share.holds(first / config.batch);
    }
    return count;
  };
  return in_epoch(config.first_sample) + (config.epochs - config.first_epoch - 1) * in_epoch(0);
}

}  // namespace

struct SampleStream::State {
  StreamConfig config;
  std::unique_ptr<SampleSource> source;
  EpochOrder order;
  size_t batches_ordered = 0;
  Index batches_to_order;
  Index batches_to_deliver;
  EpochOrder announced_order;
  Index batches_to_announce;
  Index samples_announced = 0, samples_read = 0;
  std::deque<Token> tokens;  // they cannot be moved
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

  // What the nodes do.
  bool begin_next_batch(Token& token);
  void announce();
  void read(Slot& slot);
  void make(Slot& slot);
};

/// False when there is none left.
bool SampleStream::State::begin_next_batch(Token& token) {
  if (stopped || batches_to_order == 0) return false;
  const EpochOrder::Run run = next_batch(order, config);
  begin_batch(token, *source, run);
  token.number = batches_ordered++;
  --batches_to_order;
  return true;
}

void SampleStream::State::announce() {
  while (batches_to_announce > 0 && samples_announced < samples_read + kSamplesAhead) {
    const EpochOrder::Run run = next_batch(announced_order, config);
    for (const std::int64_t rank : run.ranks) source->announce(run.epoch, rank);
    samples_announced += static_cast<Index>(run.ranks.size());
    --batches_to_announce;
  }
}

void SampleStream::State::read(Slot& slot) {
  if (stopped) return;
  try {
    announce();
    ++samples_read;
    slot.raw = source->read(slot.sample);
  } catch (...) {
    slot.error = std::current_exception();
  }
}

void SampleStream::State::make(Slot& slot) {
  if (stopped || slot.raw == nullptr) return;
  try {
    source->make(slot.sample, slot.raw);
  } catch (...) {
    slot.error = std::current_exception();
  }
}

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
              [&s](Token* token, OrderNode::output_ports_type& out) {
                acquire(&s);
                acquire(token);
                if (s.begin_next_batch(*token)) {
                  for (Slot& slot : token->slots) {
                    release(&slot);
                    std::get<0>(out).try_put(&slot);
                  }
                }
                release(&s);
              }),
        read(graph, flow::serial,
             [&s](Slot* slot) {
               acquire(slot);
               acquire(s.source.get());
               s.read(*slot);
               release(s.source.get());
               release(slot);
               return slot;
             }),
        make(graph, static_cast<size_t>(s.config.threads),
             [&s](Slot* slot, MakeNode::output_ports_type& out) {
               acquire(slot);
               s.make(*slot);
               Token* const token = slot->token;
               release(token);
               if (--token->unfinished == 0) std::get<0>(out).try_put(token);
             }),
        sequence(graph,
                 [](Token* token) {
                   acquire(token);
                   return token->number;
                 }),
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
      batches_to_order(count_batches(config, static_cast<Index>(source->ids().size()))),
      batches_to_deliver(batches_to_order),
      announced_order(order),
      batches_to_announce(batches_to_order),
      arena(config.threads) {
  // All memory is allocated here, for whole batches, as the first batch of a token may be a short
  // one.
  const std::vector<std::int64_t> whole(
      static_cast<size_t>(std::min(config.batch, static_cast<Index>(source->ids().size()))));
  for (Index i = 0; i < 3 + divided_up(config.threads, config.batch); ++i) {
    begin_batch(tokens.emplace_back(config.memory), *source, {0, 0, whole});
  }
  // A graph runs in the arena in which it is constructed.
  arena.execute([this] { graph = std::make_unique<Graph>(*this); });
  // Without this, wait_for_all() would return as soon as the graph has nothing to do.
  graph->graph.reserve_wait();
  // A thread that waits for the graph also works for it: oneTBB may have no worker to spare, and
  // gives none to tasks that nobody waits for. It starts before there is any work, which would go
  // on without this object if it could not be started.
  try {
    thread = std::thread([this] { graph->graph.wait_for_all(); });
  } catch (const std::system_error& refused) {
    graph->graph.release_wait();
    throw Error("threads cannot be started: " + refused.code().message());
  }
  for (Token& token : tokens) {
    release(this);
    graph->order.try_put(&token);
  }
}

SampleStream::State::~State() {
  stopped = true;
  graph->graph.release_wait();
  thread.join();
  for (Token& token : tokens) {
    acquire(&token);
    for (Slot& slot : token.slots) acquire(&slot);
  }
  acquire(this);
}

SampleStream::SampleStream(const StreamConfig& config, std::unique_ptr<SampleSource> source) {
  const auto samples = static_cast<std::int64_t>(source->ids().size());
  if (config.first_sample < 0 || config.first_sample > samples) {
    throw Error(fmt::format("a stream of {} samples per epoch cannot begin at sample {}", samples,
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
    release(s.with_trainer);
    s.graph->order.try_put(s.with_trainer);
    s.with_trainer = nullptr;
  }
  if (s.batches_to_deliver == 0) return nullptr;
  Token* token = nullptr;
  if (!s.ready.try_pop(token)) {
    const auto start = std::chrono::steady_clock::now();
    s.ready.pop(token);
    s.seconds_waited +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  acquire(token);
  for (const Slot& slot : token->slots) {
    if (!slot.error) continue;
    s.stopped = true;
    s.error = slot.error;
    std::rethrow_exception(s.error);
  }
  --s.batches_to_deliver;
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
