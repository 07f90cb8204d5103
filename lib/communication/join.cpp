#include "communication/join.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <thread>

#include "core/digest.hpp"
#include "core/json.hpp"
#include "core/output_file.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kPatience = 5min;    // for processes that are still to come
constexpr auto kConnecting = 3s;    // to an address, which may be another network's
constexpr auto kAnswering = 30s;    // by a process that may still connect to others
constexpr auto kLooksAgain = 20ms;  // for the invitation
constexpr auto kLooksUp = 200ms;    // from waiting, for those that have gone

constexpr std::array kChannels = {&Peer::news, &Peer::agreement, &Peer::data};

Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

/// How a connection begins: the one that connects says this, and the one that listens answers with
/// the other half of the secret. Another program may listen at that port of a wrong address.
struct Greeting {
  std::array<char, 16> secret;
  std::int32_t rank, channel;
  std::int32_t port;  ///< at which it listens itself
  std::array<char, 128> host;
};
using Answer = std::array<char, 16>;

/// Where a process listens.
struct Place {
  std::vector<std::string> addresses;
  std::string host;
  int port = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Place, addresses, host, port)

/// What the first process writes for the others.
struct Invitation {
  Place place;
  std::string secret;  ///< 32 characters: what to say, and what to be answered
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Invitation, place, secret)

std::string new_secret() {
  std::array<unsigned char, 16> bytes;
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw Error("the system has no random numbers");
  }
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

/// A process on its way to the others.
class Joining {
 public:
  Joining(const Launch& launch, const fs::path& output)
      : rank_(launch.rank), peers_(static_cast<std::size_t>(launch.size)), host_(host_name()) {
    const fs::path folder = output.has_parent_path() ? output.parent_path() : ".";
    file_ = folder / fmt::format("{}launch-{}", temporary_prefix(output),
                                 sha256(launch.id + output.filename().string()).substr(0, 12));
    port_ = port_of(listening_);
  }
  ~Joining() {
    std::error_code ignored;
    if (rank_ == 0) fs::remove(file_, ignored);
  }
  Joining(const Joining&) = delete;
  Joining& operator=(const Joining&) = delete;

  std::unique_ptr<Communicator> join() {
    if (rank_ == 0) {
      invite();
    } else {
      come();
    }
    // Each connects to those before it, and waits for those after it.
    for (int before = 0; before < rank_; ++before) {
      for (int channel = before == 0 ? 1 : 0; channel < std::ssize(kChannels); ++channel) {
        if (!connect(before, channel, in(kPatience))) {
          throw Error(fmt::format("rank {} cannot be reached at {} from {}", before,
                                  fmt::join(places_[size_t(before)].addresses, ", "), host_));
        }
      }
    }
    while (has_to_come(kChannels.size())) welcome();
    return std::make_unique<Communicator>(rank_, std::move(peers_));
  }

 private:
  /// The first process: writes the invitation, and tells all where all are once they have come.
  void invite() {
    secret_ = new_secret();
    places_.resize(peers_.size());
    places_[0] = {own_addresses(), host_, port_};
    write_file(Json(Invitation{places_[0], secret_}).dump());
    while (has_to_come(1)) welcome();
    std::error_code ignored;
    fs::remove(file_, ignored);
    const std::string all = Json(places_).dump();
    const auto length = static_cast<std::uint32_t>(all.size());
    for (auto peer = peers_.begin() + 1; peer != peers_.end(); ++peer) {
      if (!peer->news.send(std::as_bytes(std::span(&length, 1)), in(kConnecting)) ||
          !peer->news.send(std::as_bytes(std::span(all)), in(kConnecting))) {
        throw Error(fmt::format("rank {} has gone", peer - peers_.begin()));
      }
    }
  }

  /// Any other: accepts the invitation.
  void come() {
    while (!try_invitation()) {
      if (std::chrono::steady_clock::now() > end_) {
        throw Error(fmt::format("rank 0 of {} has not come within {} minutes: there is no {}",
                                peers_.size(), kPatience.count(), file_.string()));
      }
      std::this_thread::sleep_for(kLooksAgain);
    }
    std::uint32_t length = 0;
    Socket& news = peers_[0].news;
    std::string all;
    bool whole = news.receive(std::as_writable_bytes(std::span(&length, 1)), end_);
    all.resize(length);
    whole = whole && news.receive(std::as_writable_bytes(std::span(all)), end_);
    if (!whole) throw Error("rank 0 has gone");
    Json::parse(all).get_to(places_);
  }

  /// False while there is none, or that of processes that are gone.
  bool try_invitation() {
    std::ifstream file(file_);
    std::ostringstream text;
    text << file.rdbuf();
    const Json said = Json::parse(text.str(), nullptr, /*allow_exceptions=*/false);
    if (!said.is_object()) return false;
    const auto invitation = said.get<Invitation>();
    places_ = {invitation.place};
    secret_ = invitation.secret;
    return connect(0, 0, in(kConnecting));
  }

  void write_file(const std::string& text) const {
    std::error_code error;
    if (file_.has_parent_path()) fs::create_directories(file_.parent_path(), error);
    const fs::path partial = fmt::format("{}.{}", file_.string(), getpid());
    const int descriptor = open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written = descriptor >= 0 && write(descriptor, text.data(), text.size()) ==
                                                static_cast<ssize_t>(text.size());
    if (descriptor >= 0) close(descriptor);
    if (written) fs::rename(partial, file_, error);
    if (!written || error) throw Error(file_.string() + ": cannot be written");
  }

  /// Whether any process after this one has not made so many connections.
  bool has_to_come(std::size_t channels) const {
    return std::any_of(peers_.begin() + rank_ + 1, peers_.end(), [&](const Peer& peer) {
      return std::any_of(kChannels.begin(), kChannels.begin() + static_cast<int>(channels),
                         [&](auto channel) { return !(peer.*channel).is_open(); });
    });
  }

  /// Throws Error if a process that has come is gone, or one does not come.
  void check() const {
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      const Socket& news = peers_[i].news;
      if (news.is_open() && news.readable({})) throw Error(fmt::format("rank {} has gone", i));
      if (!news.is_open() && std::cmp_greater(i, rank_)) missing.push_back(i);
    }
    if (std::chrono::steady_clock::now() < end_) return;
    throw Error(fmt::format("rank {} of {} has not come within {} minutes",
                            fmt::join(missing, ", "), peers_.size(), kPatience.count()));
  }

  /// The next connection, if there is one soon and it is one of ours.
  void welcome() {
    Socket socket = accepted(listening_, in(kLooksUp));
    if (!socket.is_open()) return check();
    Greeting greeting = {};
    if (!socket.receive(std::as_writable_bytes(std::span(&greeting, 1)), in(kConnecting))) return;
    if (!std::equal(greeting.secret.begin(), greeting.secret.end(), secret_.begin())) return;
    Answer answer;
    std::copy_n(secret_.begin() + answer.size(), answer.size(), answer.begin());
    if (!socket.send(std::as_bytes(std::span(answer)), in(kConnecting))) return;
    if (greeting.rank <= rank_ || greeting.rank >= std::ssize(peers_)) {
      throw Error(
          fmt::format("two processes say that they are rank {} of {}, or one was launched "
                      "with another number of processes",
                      greeting.rank, peers_.size()));
    }
    const auto i = static_cast<std::size_t>(greeting.rank);
    greeting.host.back() = '\0';
    peers_[i].host = greeting.host.data();
    if (rank_ == 0) {
      std::string address = address_of_peer(socket);
      // One that came from this host is where this process is, for those of other hosts.
      places_[i] = {address.starts_with("127.") ? places_[0].addresses : std::vector{address},
                    peers_[i].host, greeting.port};
    }
    peers_[i].*kChannels.at(static_cast<std::size_t>(greeting.channel)) = std::move(socket);
  }

  /// Whether the process before this one could be reached.
  bool connect(int rank, int channel, Deadline deadline) {
    const Place& place = places_[static_cast<std::size_t>(rank)];
    std::vector<std::string> addresses = place.addresses;
    if (place.host == host_) addresses.insert(addresses.begin(), "127.0.0.1");
    Greeting greeting = {
        .secret = {}, .rank = rank_, .channel = channel, .port = port_, .host = {}};
    std::copy_n(secret_.begin(), greeting.secret.size(), greeting.secret.begin());
    std::copy_n(host_.begin(), std::min(host_.size(), greeting.host.size() - 1),
                greeting.host.begin());
    for (const std::string& address : addresses) {
      const Deadline enough = std::min(deadline, in(kConnecting));
      Socket socket = connected(address, place.port, enough);
      if (!socket.is_open()) continue;
      if (!socket.send(std::as_bytes(std::span(&greeting, 1)), enough)) continue;
      Answer answer = {};
      // A process that listens answers when it is done with what it does before.
      if (!socket.receive(std::as_writable_bytes(std::span(answer)), in(kAnswering))) continue;
      if (!std::equal(answer.begin(), answer.end(), secret_.begin() + answer.size())) continue;
      Peer& peer = peers_[static_cast<std::size_t>(rank)];
      peer.host = place.host;
      peer.*kChannels.at(static_cast<std::size_t>(channel)) = std::move(socket);
      return true;
    }
    return false;
  }

  int rank_;
  std::vector<Peer> peers_;
  std::string host_;
  fs::path file_;
  Socket listening_ = listening();
  int port_ = 0;
  std::string secret_;
  std::vector<Place> places_;
  Deadline end_ = std::chrono::steady_clock::now() + kPatience;
};

}  // namespace

std::unique_ptr<Communicator> join(const Launch& launch, const fs::path& output) {
  return Joining(launch, output).join();
}

}  // namespace unetflow
